package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.ReferenceLayer.Token;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What must hold of a layer whenever it is looked at. */
final class WalkAssertions {
    private WalkAssertions() {}

    /** A layer and its twin hold the same, in the same rows. */
    static void assertSame(LayerCache layer, ReferenceLayer twin) {
        assertThat(layer.seen()).isEqualTo(twin.seen);
        int head = 0;
        int heads = layer.heads() / layer.views().size();
        for (LayerView view : layer.views()) {
            assertThat(view.firstHead()).isEqualTo(head);
            assertThat(view.length()).isEqualTo(layer.length(head)).isEqualTo(twin.length(head));
            assertSame(view, twin, head, head + heads);
            head += heads;
        }
        assertThat(head).isEqualTo(twin.heads.size());
        if (layer.queries() > 0) {
            assertSameQueries(layer, twin);
        }
    }

    private static void assertSame(LayerView view, ReferenceLayer twin, int firstHead, int end) {
        List<List<Token>> heads = twin.heads.subList(firstHead, end);
        List<Token> tokens = heads.stream().flatMap(List::stream).toList();
        assertThat(view.positions().toIntArray())
                .isEqualTo(tokens.stream().mapToInt(token -> token.position).toArray());
        assertThat(Arrays.equals(view.keys().toFloatArray(), flat(tokens, token -> token.key)))
                .as("keys, bit for bit")
                .isTrue();
        assertThat(Arrays.equals(view.values().toFloatArray(), flat(tokens, token -> token.value)))
                .as("values, bit for bit")
                .isTrue();
        if (view.seen() == 0) {
            return; // and the scorer's state has no room yet
        }
        assertClose(
                view.tokenState().toDoubleArray(),
                tokens.stream()
                        .flatMapToDouble(token -> Arrays.stream(token.tokenState))
                        .toArray(),
                1e-12);
        assertClose(
                view.headState().toDoubleArray(),
                twin.headState.subList(firstHead, end).stream()
                        .flatMapToDouble(Arrays::stream)
                        .toArray(),
                1e-9);
    }

    private static void assertSameQueries(LayerCache layer, ReferenceLayer twin) {
        int heads = layer.heads() / layer.views().size();
        for (LayerView view : layer.views()) {
            float[] expected = new float[0];
            for (int head = view.firstHead(); head < view.firstHead() + heads; head++) {
                for (ReferenceLayer.Query query : twin.queries) {
                    float[] own = query.ofHeads()[head];
                    expected = Arrays.copyOf(expected, expected.length + own.length);
                    System.arraycopy(own, 0, expected, expected.length - own.length, own.length);
                }
            }
            assertThat(Arrays.equals(view.queries().toFloatArray(), expected))
                    .as("queries, bit for bit")
                    .isTrue();
        }
    }

    private static float[] flat(List<Token> tokens, Function<Token, float[]> vector) {
        if (tokens.isEmpty()) {
            return new float[0];
        }
        int numbers = vector.apply(tokens.get(0)).length;
        float[] flat = new float[tokens.size() * numbers];
        for (int i = 0; i < tokens.size(); i++) {
            System.arraycopy(vector.apply(tokens.get(i)), 0, flat, i * numbers, numbers);
        }
        return flat;
    }

    /** @param tolerance of numbers above one a share of them */
    private static void assertClose(double[] numbers, double[] expected, double tolerance) {
        assertThat(numbers).hasSameSizeAs(expected);
        for (int i = 0; i < numbers.length; i++) {
            if (!(Math.abs(numbers[i] - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])))) {
                assertThat(numbers[i]).as("state, entry %s", i).isEqualTo(expected[i]);
            }
        }
    }

    /** Each head holds no more than its budget and slack; sinks, pinned and recent tokens are kept; none is there twice. */
    static void assertHeldWithinBudget(LayerCache layer, LayerPolicy policy) {
        for (LayerView view : layer.views()) {
            int length = view.length();
            int[] positions = view.positions().toIntArray();
            for (int i = 0; i < positions.length / length; i++) {
                int head = view.firstHead() + i;
                assertThat(length)
                        .isLessThanOrEqualTo(policy.keep(head, layer.seen()) + policy.slack())
                        .isLessThanOrEqualTo(policy.peak(head, layer.seen()));
                int[] held = Arrays.copyOfRange(positions, i * length, (i + 1) * length);
                assertHeld(held, layer.seen(), policy);
            }
        }
    }

    private static void assertHeld(int[] held, int seen, LayerPolicy policy) {
        Arrays.sort(held);
        for (int slot = 1; slot < held.length; slot++) {
            if (held[slot] <= held[slot - 1]) {
                assertThat(held[slot]).isGreaterThan(held[slot - 1]);
            }
        }
        Protection protection = policy.protection();
        for (int position = 0; position < seen; position++) {
            boolean mustStay = position < protection.sinks()
                    || protection.pinned().contains(position)
                    || position >= seen - protection.recent();
            boolean mayBeAttended = policy.window() == 0 || position >= seen - policy.window();
            if (mustStay && mayBeAttended && Arrays.binarySearch(held, position) < 0) {
                assertThat(held).contains(position);
            }
        }
    }

    /** The rows that attention reads but no token has are zero. */
    static void assertUnusedRowsAreClear(LayerCache layer, KvShape shape) {
        StoredRows stored = StoredRows.of(layer, shape);
        int dim = shape.headDim();
        for (int head = 0; head < shape.kvHeads(); head++) {
            if (layer.length(head) < layer.rows(head)) {
                int first = layer.first(head);
                int from = (first + layer.length(head)) * dim;
                int to = (first + layer.rows(head)) * dim;
                assertClear(Arrays.copyOfRange(stored.keys(), from, to));
                assertClear(Arrays.copyOfRange(stored.values(), from, to));
            }
        }
    }

    private static void assertClear(float[] numbers) {
        for (float number : numbers) {
            if (number != 0) {
                assertThat(number).as("an unused row").isZero();
            }
        }
    }
}

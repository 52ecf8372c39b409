package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ReferenceLayer.Token;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.kvcache.storage.LayerTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Reads one chunk of random tokens into a layer, as a model or as a kernel does, and into its twin; compares the outputs of
 * attention and what a trim evicts. Rows that nothing may read are NaN meanwhile.
 */
final class WalkStep {
    private final KvShape shape;
    private final LayerCache layer;
    private final ReferenceLayer twin;
    private final NDManager manager;
    private final Random random;
    private final int tokens;
    private final float[][][] keys; // by token, head and dimension
    private final float[][][] values;
    private final float[][][] queries; // the numbers of a head's query heads, one query head after the other

    WalkStep(KvShape shape, LayerCache layer, ReferenceLayer twin, int tokens, NDManager manager, Random random) {
        this.shape = shape;
        this.layer = layer;
        this.twin = twin;
        this.manager = manager;
        this.random = random;
        this.tokens = tokens;
        this.keys = vectors(shape.headDim());
        this.values = vectors(shape.headDim());
        this.queries = vectors(shape.group() * shape.headDim());
    }

    /**
     * What attention made of one view of the layer.
     *
     * @param heads of the view
     * @param rows that attention reads of each
     * @param weights by head, token and row, one after the other
     * @param output by head, token and dimension
     */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    private record Attention(LayerView view, List<Integer> heads, int rows, float[] weights, float[] output) {}

    /** Returns how many tokens the layer lost. */
    int run() {
        write();
        poison();
        List<Attention> attended = attend();
        if (layer.settlesInPlace() && random.nextBoolean()) {
            settleInPlace(attended);
        } else {
            layer.settle(attended.stream()
                    .map(part -> new AttentionStep(weights(part)).with(Signal.QUERIES, query(part)))
                    .toList());
        }
        int evicted = layer.trim();
        if (evicted > 0) {
            poison();
        }

        for (int token = 0; token < tokens; token++) {
            assertThat(twin.isTrimDue())
                    .as("only the last token of a piece is followed by a trim")
                    .isFalse();
            twin.append(keys[token], values[token], queries[token]);
        }
        double[][][] received = new double[shape.kvHeads()][][];
        attended.forEach(part -> receive(part, received));
        attended.forEach(part -> assertOutput(part, received));
        twin.observe(received, queries);
        assertThat(evicted).isEqualTo(twin.trim());
        return evicted;
    }

    /** Makes all rows that attention does not read NaN, in tensors that are the layer's own since it has claimed rows there. */
    private void poison() {
        LayerTensors storage = layer.tensors();
        for (int head = 0; head < shape.kvHeads(); head++) {
            int from = layer.first(head) + layer.rows(head);
            int to = head + 1 < shape.kvHeads()
                    ? layer.first(head + 1)
                    : (int) storage.keys().getShape().get(0);
            if (from < to) {
                NDIndex beyond = new NDIndex().addSliceDim(from, to);
                storage.keys().set(beyond, Float.NaN);
                storage.values().set(beyond, Float.NaN);
            }
        }
    }

    private void write() {
        int position = layer.claim(tokens);
        int way = random.nextInt(layer.hasMemory() ? 3 : 2);
        if (way == 0 || (way == 1 && shape.storage().isScaled())) {
            layer.write(tensor(keys, all()), tensor(values, all()));
            return;
        }
        for (int head = 0; head < shape.kvHeads(); head++) {
            int row = layer.first(head) + layer.row(head, position);
            if (way == 1) {
                NDIndex rows = new NDIndex().addSliceDim(row, row + tokens);
                layer.tensors().keys().set(rows, stored(keys, head));
                layer.tensors().values().set(rows, stored(values, head));
            } else {
                for (int token = 0; token < tokens; token++) {
                    float[] both = Arrays.copyOf(keys[token][head], 2 * shape.headDim());
                    System.arraycopy(values[token][head], 0, both, shape.headDim(), shape.headDim());
                    layer.memory().rows().put(row + token, both, 0, shape.headDim());
                }
            }
        }
    }

    private NDArray stored(float[][][] vectors, int head) {
        return tensor(vectors, List.of(head))
                .toType(shape.storage().type(), false)
                .squeeze(0);
    }

    /**
     * Attention as a model computes it: over whole blocks, rows that are unused or later than the query masked. In Java, where
     * such small products take a tenth of the time.
     */
    private List<Attention> attend() {
        StoredRows stored = StoredRows.of(layer, shape);
        int[] positions = layer.positions().toIntArray();
        List<Attention> attended = new ArrayList<>();
        for (LayerView view : layer.views()) {
            int count = layer.heads() / layer.views().size();
            List<Integer> heads = IntStream.range(view.firstHead(), view.firstHead() + count)
                    .boxed()
                    .toList();
            int rows = layer.rows(view.firstHead());
            Attention part = new Attention(
                    view, heads, rows, new float[count * tokens * rows], new float[count * tokens * shape.headDim()]);
            for (int i = 0; i < count * tokens; i++) {
                attend(part, i, stored.keys(), stored.values(), positions);
            }
            attended.add(part);
        }
        return attended;
    }

    /** @param row which head of the view, times the tokens, and which of them */
    private void attend(Attention part, int row, float[] held, float[] values, int[] positions) {
        int head = part.heads().get(row / tokens);
        int token = row % tokens;
        int first = layer.first(head);
        int dim = shape.headDim();
        boolean[] masked = new boolean[part.rows()];
        for (int slot = 0; slot < masked.length; slot++) {
            masked[slot] = slot >= layer.length(head) || positions[first + slot] > layer.seen() - tokens + token;
        }
        for (int query = 0; query < shape.group(); query++) {
            float[] scores = new float[part.rows()];
            for (int slot = 0; slot < scores.length; slot++) {
                for (int i = 0; i < dim; i++) {
                    scores[slot] += queries[token][head][query * dim + i] * held[(first + slot) * dim + i];
                }
                scores[slot] += masked[slot] ? -1e30f : 0;
            }
            softmax(scores);
            for (int slot = 0; slot < scores.length; slot++) {
                part.weights()[row * scores.length + slot] += scores[slot] / shape.group();
            }
        }
        for (int slot = 0; slot < part.rows(); slot++) {
            float weight = part.weights()[row * part.rows() + slot];
            for (int i = 0; i < dim; i++) {
                part.output()[row * dim + i] += weight * values[(first + slot) * dim + i];
            }
        }
    }

    private static void softmax(float[] scores) {
        float most = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            most = Math.max(most, score);
        }
        float sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) Math.exp(scores[i] - most);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= sum;
        }
    }

    /** The weights of a view, shape (heads, tokens, rows). */
    private NDArray weights(Attention part) {
        return manager.create(part.weights(), new Shape(part.heads().size(), tokens, part.rows()));
    }

    /** The queries of a view, shape (heads, tokens · query heads of each, headDim). */
    private NDArray query(Attention part) {
        return tensor(queries, part.heads())
                .reshape(part.heads().size(), (long) tokens * shape.group(), shape.headDim());
    }

    /** The way of a kernel that adds the weights to what is remembered, and keeps the queries, itself. */
    private void settleInPlace(List<Attention> attended) {
        LayerTensors storage = layer.tensors();
        for (Attention part : attended) {
            NDArray sums = weights(part).toType(DataType.FLOAT64, false).sum(new int[] {1});
            for (int i = 0; layer.sumsAttention() && i < sums.getShape().get(0); i++) {
                int from = layer.first(part.view().firstHead() + i);
                NDIndex rows =
                        new NDIndex().addSliceDim(from, from + sums.getShape().get(1));
                storage.tokenState().set(rows, storage.tokenState().get(rows).add(sums.get(i)));
            }
        }
        for (int token = 0; layer.queries() > 0 && token < tokens; token++) {
            int row = (layer.seen() - tokens + token) % layer.queries();
            float[] flat = new float[shape.kvHeads() * shape.group() * shape.headDim()];
            for (int head = 0; head < shape.kvHeads(); head++) {
                float[] own = queries[token][head];
                System.arraycopy(own, 0, flat, head * own.length, own.length);
            }
            storage.queries()
                    .set(new NDIndex().addSliceDim(row, row + 1), manager.create(flat, new Shape(1, flat.length)));
        }
        layer.settle();
    }

    /** Reads the weights of the tokens held, by head, query and slot; those of other rows must be zero. */
    private void receive(Attention part, double[][][] received) {
        for (int i = 0; i < part.heads().size(); i++) {
            int head = part.heads().get(i);
            received[head] = new double[tokens][twin.length(head)];
            for (int token = 0; token < tokens; token++) {
                for (int slot = 0; slot < part.rows(); slot++) {
                    float weight = part.weights()[(i * tokens + token) * part.rows() + slot];
                    if (slot < twin.length(head)) {
                        received[head][token][slot] = weight;
                    } else if (weight != 0) {
                        assertThat(weight).as("weight of a masked row").isZero();
                    }
                }
            }
        }
    }

    private void assertOutput(Attention part, double[][][] received) {
        int at = 0;
        for (int head : part.heads()) {
            for (int token = 0; token < tokens; token++) {
                assertOutput(part.output(), at, received[head][token], twin.heads.get(head));
                at += shape.headDim();
            }
        }
    }

    private void assertOutput(float[] output, int at, double[] weights, List<Token> held) {
        for (int i = 0; i < shape.headDim(); i++) {
            double expected = 0;
            for (int slot = 0; slot < weights.length; slot++) {
                expected += weights[slot] * held.get(slot).value[i];
            }
            // AssertJ makes decimals of both, which takes longer than all the rest.
            if (!(Math.abs(output[at + i] - expected) <= 1e-4)) {
                assertThat((double) output[at + i]).isCloseTo(expected, within(1e-4));
            }
        }
    }

    /** Random vectors by token, head and dimension. */
    private float[][][] vectors(int numbers) {
        float[][][] vectors = new float[tokens][shape.kvHeads()][numbers];
        for (float[][] token : vectors) {
            for (float[] head : token) {
                for (int i = 0; i < numbers; i++) {
                    head[i] = held((float) random.nextGaussian());
                }
                if (shape.storage() == KvStorage.INT8) {
                    head[random.nextInt(numbers)] = 127 / 32f;
                }
            }
        }
        return vectors;
    }

    /** Rounds a number so that the storage holds it exactly: to 1/256 for float16, to 1/32 for 127 of which int8 has whole numbers. */
    private float held(float number) {
        return switch (shape.storage()) {
            case FLOAT32 -> number;
            case FLOAT16 -> Math.round(number * 256) / 256f;
            case INT8 -> Math.round(Math.max(-3, Math.min(3, number)) * 32) / 32f;
        };
    }

    private List<Integer> all() {
        return IntStream.range(0, shape.kvHeads()).boxed().toList();
    }

    /** Vectors of some heads, shape (heads, tokens, numbers). */
    private NDArray tensor(float[][][] vectors, List<Integer> heads) {
        int numbers = vectors[0][0].length;
        float[] flat = new float[heads.size() * tokens * numbers];
        int at = 0;
        for (int head : heads) {
            for (float[][] token : vectors) {
                System.arraycopy(token[head], 0, flat, at, numbers);
                at += numbers;
            }
        }
        return manager.create(flat, new Shape(heads.size(), tokens, numbers));
    }
}

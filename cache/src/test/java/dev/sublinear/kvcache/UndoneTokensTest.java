package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache that reads tokens and takes them back, beside one that never saw them. */
final class UndoneTokensTest {
    private static final int TOKENS = 500;
    private static final Protection SOME = new Protection(2, 3, 0.25, Protection.Span.EMPTY);

    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    private final KvMemory memory = new KvMemory(Long.MAX_VALUE);

    @AfterEach
    void close() {
        manager.close();
    }

    /** What each trim found, and the cache that it happened to. */
    private final class Observed implements KvCacheListener {
        private final List<String> trims = new ArrayList<>();
        private final KvCache cache;

        Observed(KvShape shape, EvictionPolicy policy) {
            cache = new KvCache(
                    manager,
                    shape,
                    policy,
                    memory.reserve(shape.peakBytes(policy, TOKENS)).orElseThrow(),
                    this);
        }

        @Override
        public void onTrimming(int layer) {
            trims.add(layer + ": " + contents(cache.layer(layer)));
        }

        /** All that a trim may read: positions, keys, values, what is remembered and, where they are kept, queries. */
        String contents(LayerCache layer) {
            StringBuilder all = new StringBuilder("seen " + layer.seen());
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                for (LayerView view : layer.views()) {
                    all.append(Arrays.toString(view.positions().toIntArray()));
                    all.append(Arrays.hashCode(view.keys().toFloatArray())).append(' ');
                    all.append(Arrays.hashCode(view.values().toFloatArray())).append(' ');
                    all.append(Arrays.hashCode(view.tokenState().toDoubleArray()))
                            .append(' ');
                    if (layer.queries() > 0) {
                        all.append(view.queries().getShape());
                        all.append(Arrays.hashCode(view.queries().toFloatArray()));
                    }
                }
            }
            return all.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"recency", "key-diff", "snap:5", "snap:70", "snap+key-diff", "3xsnap:16-or-key-diff"})
    void trims_afterTokensWereTakenBack_findWhatTheyWouldHaveFound(String scorer) {
        for (long seed : Seed.each(6)) {
            Random random = new Random(seed);
            int heads = 1 + random.nextInt(3);
            BudgetSchedule budget = random.nextBoolean()
                    ? Laws.random(random, 2, heads, 20)
                    : new BudgetSchedule.Fixed(30 + random.nextInt(100));
            EvictionPolicy policy = new EvictionPolicy(budget, Scorers.named(scorer), SOME, random.nextInt(80));
            KvShape shape = LayerWalk.Plan.shape(
                    heads,
                    1 + random.nextInt(2),
                    List.of(KvStorage.values()).get(random.nextInt(3)),
                    random.nextInt(2) * 100);
            walk(shape, policy, random, seed);
        }
    }

    private void walk(KvShape shape, EvictionPolicy policy, Random random, long seed) {
        Observed plain = new Observed(shape, policy);
        Observed undone = new Observed(shape, policy);
        int taken = 0;
        while (plain.cache.seen() < TOKENS) {
            int seen = plain.cache.seen();
            int undoable = undone.cache.undoable();
            int kept = 1;
            if (undoable > 1) {
                int read = 1 + random.nextInt(undoable);
                kept = Math.min(1 + random.nextInt(read), TOKENS - seen);
                read(undone.cache, read, kept, random);
                undone.cache.truncate(seen + kept);
                taken += read - kept;
            } else {
                read(undone.cache, 1, 1, random);
            }
            for (int token = 0; token < kept; token++) {
                read(plain.cache, 1, 1, random);
            }
            assertThat(undone.trims).as("seed %s", seed).isEqualTo(plain.trims);
            assertThat(undone.cache.bytes()).as("seed %s", seed).isEqualTo(plain.cache.bytes());
        }
        assertThat(taken).as("tokens taken back").isGreaterThan(100);
        for (int layer = 0; layer < shape.layers(); layer++) {
            WalkAssertions.assertUnusedRowsAreClear(undone.cache.layer(layer), shape);
        }
        plain.cache.close();
        undone.cache.close();
        assertThat(memory.used()).isZero();
    }

    /** Reads the next {@code kept} tokens of a sequence, and after them others. */
    private void read(KvCache cache, int tokens, int kept, Random random) {
        KvShape shape = cache.shape();
        int seen = cache.seen();
        long others = random.nextLong();
        for (int index = 0; index < shape.layers(); index++) {
            LayerCache layer = cache.layer(index);
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                float[][] vectors = new float[tokens][];
                for (int token = 0; token < tokens; token++) {
                    long place = token < kept ? seen + token : others + token;
                    vectors[token] = vector(31 * place + index, shape);
                }
                assertThat(layer.nextChunk(tokens)).isEqualTo(tokens);
                layer.claim(tokens);
                layer.write(part(vectors, shape, 0, 1), part(vectors, shape, 1, 1));
                layer.settle(layer.views().stream()
                        .map(view -> new AttentionStep(
                                Map.of(Signal.QUERIES, queries(part(vectors, shape, 2, shape.group()), view))))
                        .toList());
                layer.trim();
            }
        }
    }

    /** Key, value and queries of all heads of a token. */
    private static float[] vector(long seed, KvShape shape) {
        Random random = new Random(seed);
        float[] numbers = new float[shape.kvHeads() * (2 + shape.group()) * shape.headDim()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Some of the vectors of each head, shape (heads, tokens * count, headDim). */
    private NDArray part(float[][] vectors, KvShape shape, int first, int count) {
        int size = shape.headDim();
        float[] flat = new float[shape.kvHeads() * vectors.length * count * size];
        int at = 0;
        for (int head = 0; head < shape.kvHeads(); head++) {
            for (float[] token : vectors) {
                int from = (head * (2 + shape.group()) + first) * size;
                System.arraycopy(token, from, flat, at, count * size);
                at += count * size;
            }
        }
        return manager.create(flat, new Shape(shape.kvHeads(), (long) vectors.length * count, size));
    }

    private static NDArray queries(NDArray ofAll, LayerView view) {
        long heads = view.positions().getShape().get(0);
        return ofAll.get(new NDIndex().addSliceDim(view.firstHead(), view.firstHead() + heads));
    }

    @Test
    void undoable_scorerThatRemembersWhatTokensAttendedTo_isNone() {
        for (Scorer scorer : List.of(new HeavyHitterScorer(), new ExpectedAttentionScorer(0.9))) {
            KvShape shape = LayerWalk.Plan.shape(1, 1, KvStorage.FLOAT32, 0);
            Observed observed = new Observed(shape, new EvictionPolicy(new BudgetSchedule.Fixed(30), scorer, SOME, 20));
            assertThat(observed.cache.undoable()).as(scorer.name()).isZero();
            observed.cache.close();
        }
    }

    @Test
    void undoable_asTokensCome_endsBeforeATrimAndWithABlock() {
        KvShape shape = LayerWalk.Plan.shape(1, 1, KvStorage.FLOAT32, 0);
        Observed observed = new Observed(
                shape, new EvictionPolicy(new BudgetSchedule.Fixed(70), Scorers.named("recency"), SOME, 20));
        List<Integer> undoable = new ArrayList<>();
        Random random = new Random(1);
        for (int token = 0; token < 100; token++) {
            if (List.of(0, 60, 63, 64, 85, 88, 89, 90, 91).contains(token)) {
                undoable.add(observed.cache.undoable());
            }
            read(observed.cache, 1, 1, random);
        }
        assertThat(undoable)
                .as("a block ends after 64, a trim is due after 91")
                .containsExactly(64, 4, 1, 26, 5, 2, 1, 0, 20);
        observed.cache.close();
    }
}

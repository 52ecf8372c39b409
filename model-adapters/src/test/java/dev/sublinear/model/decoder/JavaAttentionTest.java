package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.Step;
import dev.sublinear.model.attention.AttentionBits;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.DecodeAttention;
import dev.sublinear.model.attention.JavaAttention;
import dev.sublinear.model.attention.Vectors;
import dev.sublinear.model.family.KnownShape;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Decoding with attention in Java beside decoding with libtorch's. */
final class JavaAttentionTest {
    private static final Execution EXECUTION = new Execution(Precisions.INT8, ComputeDevice.CPU, 2);
    private static final EvictionPolicy POLICY =
            new EvictionPolicy(BudgetSchedule.parse("fixed:100"), new HeavyHitterScorer(), Protection.DEFAULT, 16);
    private static final long SEED = Seed.or(7);

    private final KvMemory memory = new KvMemory(1L << 30);

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void forward_tokenByToken_agreesWithLibtorch(KvStorage storage) {
        assumeTrue(Vectors.PAY, "no wide vectors in Java on this machine");
        try (HuggingFaceCheckpoint directory =
                        HuggingFaceCheckpoint.open(Goldens.fixture().checkpoint());
                DecoderLm java = DecoderLm.load(directory, storing(storage));
                DecoderLm libtorch = DecoderLm.load(
                        directory, storing(storage), LoadListener.NONE, ScriptSource.text(), threads -> List.of());
                KvCache here = cache(java);
                KvCache there = cache(libtorch)) {
            try (JavaAttention attention = new JavaAttention(DecodeAttention.resolve(2), java.spec())) {
                assertThat(attention.takes(Chunk.next(here.layer(0), 0, 1, 0)))
                        .as("attends for the bundled model")
                        .isTrue();
            }
            Random random = new Random(SEED);
            for (int token = 0; token < 110; token++) {
                int id = 4 + random.nextInt(java.spec().vocabSize() - 4);
                float[] found = next(java, here, id);
                float[] expected = next(libtorch, there, id);
                float size = 0;
                float error = 0;
                for (int i = 0; i < expected.length; i++) {
                    size = Math.max(size, Math.abs(expected[i]));
                    error = Math.max(error, Math.abs(found[i] - expected[i]));
                }
                // Activations are rounded to bfloat16: a last bit of attention may become one of those.
                assertThat(error / size).as("token %s, seed %s", token, SEED).isLessThan(0.03f);
            }
            double[] mine = here.layer(0).view().tokenState().toDoubleArray();
            double[] theirs = there.layer(0).view().tokenState().toDoubleArray();
            for (int i = 0; i < theirs.length; i++) {
                assertThat(mine[i])
                        .as("attention received by token %s of the first layer", i)
                        .isCloseTo(theirs[i], within(1e-3));
            }
        }
    }

    @Test
    void attend_withAnyNumberOfThreads_findsTheSameBits() {
        assumeTrue(Vectors.PAY, "no wide vectors in Java on this machine");
        EvictionPolicy all =
                new EvictionPolicy(new BudgetSchedule.Unlimited(), new HeavyHitterScorer(), Protection.DEFAULT, 0);
        Random random = new Random(SEED);
        try (DecoderLm model = DecoderLm.random(KnownShape.SMOLLM2_135M.spec(), EXECUTION, SEED);
                KvCache cache = cache(model, all, 2000)) {
            model.parts().fill(cache, 1900);
            float[] query = AttentionBits.numbers(
                    random, model.spec().heads() * model.spec().headDim(), 1);
            float[] alone = found(model, cache, query, 1);
            assertThat(alone).doesNotContain(Float.NaN);
            for (int threads : new int[] {2, 3, 5}) {
                assertThat(found(model, cache, query, threads))
                        .as("%s threads, seed %s", threads, SEED)
                        .containsExactly(alone);
            }
        }
    }

    /** So a draft that is verified in one step chooses what single steps would. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void forward_fewTokensAtOnce_givesEachTheBitsThatItHasAlone(KvStorage storage) {
        assumeTrue(Vectors.PAY, "no wide vectors in Java on this machine");
        Execution execution = new Execution(Precisions.INT8_DYNAMIC, ComputeDevice.CPU, 2, storage);
        EvictionPolicy policy =
                new EvictionPolicy(BudgetSchedule.parse("fixed:100"), new QueryKeeper(23), Protection.DEFAULT, 16);
        Random random = new Random(SEED);
        try (HuggingFaceCheckpoint directory =
                        HuggingFaceCheckpoint.open(Goldens.fixture().checkpoint());
                DecoderLm model = DecoderLm.load(directory, execution);
                KvCache together = cache(model, policy, 300);
                KvCache alone = cache(model, policy, 300)) {
            assumeTrue(model.invariance() == Invariance.BITWISE, "products depend on the number of rows here");
            while (together.seen() < 250) {
                int room = Math.max(1, together.undoable());
                int[] ids = random.ints(
                                1 + random.nextInt(Math.min(16, room)),
                                4,
                                model.spec().vocabSize())
                        .toArray();
                float[][] found = model.forward(Step.of(new Step.Slice(together, ids, ids.length)));
                for (int token = 0; token < ids.length; token++) {
                    assertThat(found[token])
                            .as("token %s of %s after %s, seed %s", token, ids.length, alone.seen(), SEED)
                            .containsExactly(next(model, alone, ids[token]));
                }
            }
        }
    }

    private static float[] found(DecoderLm model, KvCache cache, float[] query, int threads) {
        float[] out = new float[query.length];
        try (JavaAttention attention = new JavaAttention(DecodeAttention.resolve(threads), model.spec())) {
            attention.read(cache.layer(0), query, out);
        }
        return out;
    }

    @Test
    void forward_manyTimes_leavesNoTensors() {
        try (HuggingFaceCheckpoint directory =
                        HuggingFaceCheckpoint.open(Goldens.fixture().checkpoint());
                DecoderLm java = DecoderLm.load(directory, EXECUTION);
                KvCache cache = cache(java)) {
            next(java, cache, 5);
            int before = java.liveTensors();
            for (int token = 0; token < 40; token++) {
                next(java, cache, 5 + token);
            }
            assertThat(java.liveTensors()).isEqualTo(before);
        }
    }

    private static Execution storing(KvStorage storage) {
        return new Execution(EXECUTION.precision(), EXECUTION.device(), EXECUTION.threads(), storage);
    }

    private KvCache cache(DecoderLm model) {
        return cache(model, POLICY, 300);
    }

    private KvCache cache(DecoderLm model, EvictionPolicy policy, int tokens) {
        long bytes = model.kvShape().peakBytes(policy, tokens);
        return model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    private static float[] next(DecoderLm model, KvCache cache, int id) {
        return model.forward(Step.of(new Step.Slice(cache, new int[] {id}, 1)))[0];
    }
}

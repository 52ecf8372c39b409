package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Invariant I1 on the bundled model: what a sequence gets is its own affair. */
@Tag("model")
@Tag("slow")
class BatchInvarianceTest {
    private static final long SEED = Seed.or(20261125);
    private static final int CHUNK = 256;
    private static final int PROMPT = 3 * CHUNK + 1;
    private static final int DECODED = 70;

    /* Prunes from the 128th token on. */
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            BudgetSchedule.parse("power-law:alpha=8,exponent=0.5,floor=128"),
            new HeavyHitterScorer(),
            new Protection(4, 8, 0.25, new Span(10, 16)),
            16);

    /** Heads of the fixture keep 128 tokens, 16·√n of them, and all. */
    private static EvictionPolicy byHead(ModelSpec spec) {
        List<PowerLaw> laws = List.of(new PowerLaw(1, 0.1, 128), new PowerLaw(16, 0.5, 128), new PowerLaw(1, 1, 128));
        HeadLaws budgets = HeadLaws.of(IntStream.range(0, spec.layers())
                .mapToObj(layer -> IntStream.range(0, spec.kvHeads())
                        .mapToObj(head -> laws.get((layer + head) % laws.size()))
                        .toList())
                .toList());
        return new EvictionPolicy(budgets, new HeavyHitterScorer(), POLICY.protection(), 64);
    }

    private static EvictionPolicy policy(LoadedModel model, boolean byHead) {
        return byHead ? byHead(model.spec()) : POLICY;
    }

    private final Random random = new Random(SEED);

    /** The logits after the prompt and after each decoded token, which are given. */
    private static List<float[]> alone(LoadedModel model, EvictionPolicy policy, int[] ids, int chunksPerStep) {
        List<float[]> logits = new ArrayList<>();
        try (KvCache cache = model.newCache(policy, ids.length)) {
            for (int at = 0; at < PROMPT; ) {
                int end = Math.min(PROMPT, at + chunksPerStep * CHUNK);
                int[] tokens = Arrays.copyOfRange(ids, at, end);
                float[][] rows =
                        model.causalLm().forward(Step.of(new Step.Slice(cache, tokens, end == PROMPT ? 1 : 0)));
                logits.addAll(Arrays.asList(rows));
                at = end;
            }
            for (int at = PROMPT; at < ids.length; at++) {
                logits.add(model.causalLm().forward(Step.of(new Step.Slice(cache, new int[] {ids[at]}, 1)))[0]);
            }
        }
        return logits;
    }

    @ParameterizedTest
    @CsvSource({
        "f32, 1, false",
        "f32, 2, false",
        "f32, 2, true",
        "int8-dynamic, 1, false",
        "int8-dynamic, 2, false",
        "int8-dynamic, 2, true",
        "int4, 2, false"
    })
    void forward_anyNumberOfChunksInAStep_isBitEqual(String precision, int threads, boolean byHead) {
        try (LoadedModel model = model(precision, threads)) {
            EvictionPolicy policy = policy(model, byHead);
            int[] ids = ids(model);
            List<float[]> expected = alone(model, policy, ids, 1);
            for (int chunks = 2; chunks <= 4; chunks++) {
                assertThat(alone(model, policy, ids, chunks).toArray(float[][]::new))
                        .as("%s chunks a step, seed %s", chunks, SEED)
                        .isDeepEqualTo(expected.toArray(float[][]::new));
            }
        }
    }

    /** Others join with prompts and leave, between them from 1 to 31. */
    @ParameterizedTest
    @CsvSource({
        "f32, 1, true",
        "f32, 2, false",
        "f32, 2, true",
        "bf16, 2, false",
        "int8, 2, false",
        "int8-dynamic, 1, false",
        "int8-dynamic, 2, true",
        "int4, 1, false",
        "int4, 2, true"
    })
    void forward_besideOthersThatJoinAndLeave_isBitEqualWhereTheSelfTestSaysSo(
            String precision, int threads, boolean byHead) {
        try (LoadedModel model = model(precision, threads)) {
            EvictionPolicy policy = policy(model, byHead);
            int[] ids = ids(model);
            float[][] expected = alone(model, policy, ids, 1).toArray(float[][]::new);
            float[][] logits = besideOthers(model, policy, ids);

            if (model.causalLm().invariance() == Invariance.BITWISE) {
                assertThat(logits).as("seed %s", SEED).isDeepEqualTo(expected);
            } else {
                assertThat(Precisions.named(precision).isExact())
                        .as("depends on others")
                        .isFalse();
            }
        }
    }

    private float[][] besideOthers(LoadedModel model, EvictionPolicy policy, int[] ids) {
        List<float[]> logits = new ArrayList<>();
        List<KvCache> others = new ArrayList<>();
        try (KvCache mine = model.newCache(policy, ids.length)) {
            for (int at = 0; at < ids.length; ) {
                int end = at < PROMPT ? Math.min(PROMPT, at + CHUNK) : at + 1;
                int wanted = 1 + random.nextInt(31);
                while (others.size() > wanted) {
                    others.remove(random.nextInt(others.size())).close();
                }
                List<Step.Slice> slices = new ArrayList<>();
                slices.add(new Step.Slice(mine, Arrays.copyOfRange(ids, at, end), end >= PROMPT ? 1 : 0));
                others.forEach(other -> slices.add(slice(other, 1)));
                while (others.size() < wanted && slices.size() < 32) {
                    others.add(model.newCache(random.nextBoolean() ? policy : POLICY, 4000));
                    slices.add(slice(others.get(others.size() - 1), 1 + random.nextInt(9)));
                }
                int place = random.nextInt(slices.size());
                Collections.swap(slices, 0, place);
                float[][] rows = model.causalLm().forward(new Step(slices));
                if (end >= PROMPT) {
                    int row = slices.subList(0, place).stream()
                            .mapToInt(Step.Slice::outputs)
                            .sum();
                    logits.add(rows[row]);
                }
                at = end;
            }
        } finally {
            others.forEach(KvCache::close);
        }
        return logits.toArray(float[][]::new);
    }

    private Step.Slice slice(KvCache cache, int tokens) {
        return new Step.Slice(cache, random.ints(tokens, 4, 2000).toArray(), 1);
    }

    @ParameterizedTest
    @MethodSource("dev.sublinear.model.precision.Precisions#all")
    void invariance_onThisMachine_isSaidForEachMatrix(Precision precision) {
        try (LoadedModel model = model(precision.key(), 2)) {
            assertThat(model.causalLm().parts().invariance())
                    .containsOnlyKeys("query, key and value", "attention out", "feed-forward", "head");
        }
    }

    private static LoadedModel model(String precision, int threads) {
        return new LoadedModel(
                Goldens.fixture().checkpoint(), new Execution(Precisions.named(precision), ComputeDevice.CPU, threads));
    }

    private int[] ids(LoadedModel model) {
        return random.ints(PROMPT + DECODED, 4, model.spec().vocabSize()).toArray();
    }
}

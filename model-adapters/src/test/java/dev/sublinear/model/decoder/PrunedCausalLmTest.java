package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Step;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.model.reference.ReferenceLlama;
import dev.sublinear.model.reference.ReferencePolicy;
import dev.sublinear.model.reference.ReferenceScore;
import dev.sublinear.model.reference.ReferenceSequence;
import dev.sublinear.testing.Seed;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The invariants of pruning, I1 to I4 and I7, on a random model and on the bundled one. */
@Tag("model")
@Tag("slow")
class PrunedCausalLmTest {
    private static final long SEED = Seed.or(20261123);
    private static final int TOKENS = 500;

    /* Binds after 64 tokens, so that most of the run prunes. */
    private static final BudgetSchedule BUDGET = BudgetSchedule.parse("power-law:alpha=8,exponent=0.5");
    private static final Protection PROTECTION = new Protection(4, 8, 0.25, new Span(10, 16));

    @TempDir
    static Path directory;

    static Stream<Path> checkpoints() {
        return Stream.of(
                Goldens.tinyLlamaMha().checkpoint(),
                Goldens.tinyLlamaGqa().checkpoint(),
                Goldens.fixture().checkpoint());
    }

    static Stream<Arguments> cases() {
        return checkpoints()
                .flatMap(checkpoint -> Stream.of(1, 64)
                        .flatMap(slack -> Stream.of(new HeavyHitterScorer(), new RecencyScorer())
                                .map(scorer -> Arguments.of(checkpoint, policy(scorer, slack)))));
    }

    private static EvictionPolicy policy(Scorer scorer, int slack) {
        return new EvictionPolicy(BUDGET, scorer, PROTECTION, slack);
    }

    private static int[] ids(LoadedModel model, int tokens) {
        return new Random(SEED).ints(tokens, 0, model.spec().vocabSize()).toArray();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward_anyChunkSize_keepsTheSameTokensAndLogits(Path checkpoint, EvictionPolicy policy) {
        try (LoadedModel model = new LoadedModel(checkpoint);
                KvCache whole = model.newCache(policy, TOKENS)) {
            int[] ids = ids(model, TOKENS);
            float[][] expected = model.feed(whole, ids, 256);
            for (int chunk : new int[] {1, 7, 512}) {
                try (KvCache cache = model.newCache(policy, TOKENS)) {
                    float[][] logits = model.feed(cache, ids, chunk);

                    assertThat(model.positions(cache)).as("chunks of %s", chunk).isEqualTo(model.positions(whole));
                    assertThat(worstDifference(logits, expected))
                            .as("chunks of %s", chunk)
                            .isLessThan(1e-5);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward_pruned_keepsWhatTheReferenceKeeps(Path checkpoint, EvictionPolicy policy) {
        try (LoadedModel model = new LoadedModel(checkpoint)) {
            int tokens = 200;
            EvictionPolicy unpinned = policy.pinning(Span.EMPTY);
            ReferenceSequence reference = ReferenceLlama.read(checkpoint)
                    .start(new ReferencePolicy(
                            unpinned.budget()::budget,
                            unpinned.slack(),
                            PROTECTION.sinks(),
                            PROTECTION::recent,
                            score(policy.scorer())));
            int[] ids = ids(model, tokens);
            double[][] expected = reference.appendAll(ids);
            try (KvCache cache = model.newCache(unpinned, tokens)) {
                float[][] logits = model.feed(cache, ids, 256);

                assertThat(reference.narrowestChoice())
                        .as("a choice that noise could turn, seed %s", SEED)
                        .isGreaterThan(1e-7);
                for (int layer = 0; layer < model.spec().layers(); layer++) {
                    for (int head = 0; head < model.spec().kvHeads(); head++) {
                        assertThat(LoadedModel.positions(cache, layer).get(head))
                                .as("layer %s, head %s, seed %s", layer, head, SEED)
                                .isEqualTo(reference.positions(layer, head));
                    }
                }
                assertThat(worstDifference(logits, expected))
                        .as("seed %s", SEED)
                        .isLessThan(1e-4);
            }
        }
    }

    private static ReferenceScore score(Scorer scorer) {
        return scorer instanceof RecencyScorer ? ReferenceScore.recency() : ReferenceScore.heavyHitterPerLifetime();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward_everyStep_staysWithinBudgetAndKeepsTheProtected(Path checkpoint, EvictionPolicy policy) {
        try (LoadedModel model = new LoadedModel(checkpoint);
                KvCache cache = model.newCache(policy, TOKENS)) {
            Random random = new Random(SEED);
            int[] ids = ids(model, TOKENS);
            for (int at = 0; at < TOKENS; ) {
                int count = Math.min(TOKENS - at, 1 + random.nextInt(40));
                model.feed(cache, Arrays.copyOfRange(ids, at, at + count), 4096);
                at += count;
                for (int layer = 0; layer < model.spec().layers(); layer++) {
                    for (List<Integer> positions : LoadedModel.positions(cache, layer)) {
                        assertKept(positions, at, policy);
                    }
                }
                assertThat(cache.bytes()).isEqualTo(model.memory().used());
                assertThat(model.memory().used())
                        .isLessThanOrEqualTo(model.memory().reserved());
            }
        }
    }

    private static void assertKept(List<Integer> positions, int seen, EvictionPolicy policy) {
        assertThat(positions)
                .as("after %s tokens, seed %s", seen, SEED)
                .hasSizeLessThanOrEqualTo(policy.budget().budget(seen) + policy.slack())
                .hasSizeGreaterThanOrEqualTo(policy.budget().budget(seen))
                .isSorted()
                .doesNotHaveDuplicates()
                .last()
                .isEqualTo(seen - 1);
        for (int position = 0; position < seen; position++) {
            boolean isProtected = position < policy.protection().sinks()
                    || policy.protection().pinned().contains(position)
                    || position
                            >= seen - policy.protection().recent(policy.budget().budget(seen));
            if (isProtected) {
                assertThat(positions).as("after %s tokens, seed %s", seen, SEED).contains(position);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward_beforeAnythingIsEvicted_isBitEqualToTheUncutModel(Path checkpoint, EvictionPolicy uncut) {
        EvictionPolicy unlimited = EvictionPolicy.of(new BudgetSchedule.Unlimited(), uncut.scorer());
        try (LoadedModel model = new LoadedModel(checkpoint);
                KvCache cut = model.newCache(uncut, TOKENS);
                KvCache full = model.newCache(unlimited, TOKENS)) {
            int[] ids = ids(model, TOKENS);
            float[][] pruned = model.feed(cut, ids, 256);
            float[][] exact = model.feed(full, ids, 256);
            KvShape shape = model.spec().kvShape(KvStorage.FLOAT32);
            int firstTrim = IntStream.rangeClosed(1, TOKENS)
                    .filter(seen -> shape.isTrimmedBy(uncut, seen))
                    .findFirst()
                    .orElse(TOKENS);

            assertThat(Arrays.copyOf(pruned, firstTrim)).isDeepEqualTo(Arrays.copyOf(exact, firstTrim));
            assertThat(pruned[TOKENS - 1]).isNotEqualTo(exact[TOKENS - 1]);
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void forward_besideOtherSequences_isBitEqualToAlone(Path checkpoint) {
        EvictionPolicy policy = policy(new HeavyHitterScorer(), 64);
        try (LoadedModel model = new LoadedModel(checkpoint);
                KvCache alone = model.newCache(policy, TOKENS);
                KvCache together = model.newCache(policy, TOKENS);
                KvCache other = model.newCache(policy, TOKENS)) {
            int[] ids = ids(model, TOKENS);
            int[] others = new Random(SEED + 1)
                    .ints(TOKENS, 0, model.spec().vocabSize())
                    .toArray();
            for (int at = 0; at < TOKENS; at += 50) {
                int[] mine = Arrays.copyOfRange(ids, at, at + 50);
                int[] theirs = Arrays.copyOfRange(others, at, at + 1 + at / 50);
                float[][] expected = model.causalLm().forward(Step.of(new Step.Slice(alone, mine, 50)));
                float[][] logits = model.causalLm()
                        .forward(Step.of(new Step.Slice(other, theirs, 0), new Step.Slice(together, mine, 50)));

                assertThat(logits).as("from %s, seed %s", at, SEED).isDeepEqualTo(expected);
            }
            assertThat(model.positions(together)).isEqualTo(model.positions(alone));
        }
    }

    /** Beyond 1,024 rows attention has other kernels if oneDNN's products are alike, else the same: as exact in f32. */
    @ParameterizedTest
    @ValueSource(strings = {"same = True", "same = False"})
    void forward_longCacheTokenByToken_isBitEqualToChunksAndBesideOthers(String alike) {
        assertThat(ScriptSource.text()).containsOnlyOnce("same = True");
        String script = ScriptSource.text().replace("same = True", alike);
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new HeavyHitterScorer());
        int tokens = 1200;
        try (LoadedModel model = new LoadedModel(Goldens.tinyLlamaGqa().checkpoint(), Execution.exact(2), script);
                KvCache chunks = model.newCache(uncut, tokens + 100);
                KvCache single = model.newCache(uncut, tokens + 100);
                KvCache other = model.newCache(uncut, tokens)) {
            int[] ids = ids(model, tokens);
            float[][] expected = model.feed(chunks, ids, 256);
            assertThat(model.feed(single, ids, 1)).as("seed %s", SEED).isDeepEqualTo(expected);

            try (KvCache together = model.newCache(uncut, tokens + 100)) {
                model.feed(together, ids, 256);
                model.feed(other, ids(model, tokens - 100), 256);
                for (int id : ids(model, 100)) {
                    float[][] alone = model.feed(chunks, new int[] {id}, 256);
                    float[] beside = model.causalLm()
                            .forward(new Step(List.of(
                                    new Step.Slice(other, new int[] {id / 2}, 1),
                                    new Step.Slice(together, new int[] {id}, 1))))[1];
                    assertThat(beside).as("seed %s", SEED).isEqualTo(alone[0]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void close_afterManySteps_leavesNoTensorBehind(Path checkpoint, EvictionPolicy policy) {
        try (LoadedModel model = new LoadedModel(checkpoint)) {
            int before = model.causalLm().liveTensors();
            for (int sequence = 0; sequence < 3; sequence++) {
                try (KvCache cache = model.newCache(policy, TOKENS)) {
                    model.feed(cache, ids(model, 100), 256);
                    int open = model.causalLm().liveTensors();
                    model.feed(cache, ids(model, TOKENS - 100), 50);

                    assertThat(open).isGreaterThan(before);
                    assertThat(model.causalLm().liveTensors())
                            .as("grows with steps")
                            .isEqualTo(open);
                }
                assertThat(model.causalLm().liveTensors()).isEqualTo(before);
                assertThat(model.memory().used()).isZero();
                assertThat(model.memory().reserved()).isZero();
            }
        }
    }

    @Test
    void forward_tokenOutsideTheVocabulary_isRefusedAndReadsNothing() {
        Path checkpoint = RandomCheckpoint.seeded(SEED).write(directory);
        try (LoadedModel model = new LoadedModel(checkpoint);
                KvCache cache = model.newCache(policy(new RecencyScorer(), 1), 100)) {
            for (int token : new int[] {-1, model.spec().vocabSize(), Integer.MAX_VALUE}) {
                assertThatThrownBy(() -> model.feed(cache, new int[] {0, token}, 256))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("[0, " + model.spec().vocabSize() + ")")
                        .hasMessageEndingWith("was " + token);
            }
            assertThat(cache.seen()).isZero();
        }
    }

    private static double worstDifference(float[][] logits, float[][] expected) {
        double[][] rows = new double[expected.length][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = new double[expected[row].length];
            for (int i = 0; i < rows[row].length; i++) {
                rows[row][i] = expected[row][i];
            }
        }
        return worstDifference(logits, rows);
    }

    /** The greatest difference, relative to the greatest logit of its row. */
    private static double worstDifference(float[][] logits, double[][] expected) {
        double worst = 0;
        for (int row = 0; row < expected.length; row++) {
            double scale = Arrays.stream(expected[row]).map(Math::abs).max().orElseThrow();
            for (int i = 0; i < expected[row].length; i++) {
                worst = Math.max(worst, Math.abs(logits[row][i] - expected[row][i]) / scale);
            }
        }
        return worst;
    }
}

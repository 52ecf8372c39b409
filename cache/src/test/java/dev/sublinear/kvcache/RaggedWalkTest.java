package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers whose heads have budgets of their own, compared with their twins in random walks. */
final class RaggedWalkTest {
    private static final Protection SOME = new Protection(2, 3, 0.25, new Span(5, 9));

    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    /** Scorers that read each signal, more than one, and none; that keep fewer queries than a chunk brings, and more. */
    private static List<Scorer> scorers() {
        return List.of(
                new RecencyScorer(),
                new HeavyHitterScorer(),
                new KeyDiffScorer(),
                new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY),
                new NewestQueries(5, false),
                new NewestQueries(70, false),
                new NewestQueries(8, true));
    }

    static Stream<LayerWalk.Plan> walks() {
        List<LayerWalk.Plan> plans = new ArrayList<>();
        long seed = Seed.or(0);
        for (Scorer scorer : scorers()) {
            for (DataType storage : List.of(DataType.FLOAT32, DataType.FLOAT16)) {
                for (int window : new int[] {0, 100}) {
                    for (int slack : new int[] {0, 100}) {
                        plans.add(plan(scorer, storage, window, slack, 400, seed++));
                    }
                }
            }
        }
        return plans.stream();
    }

    private static LayerWalk.Plan plan(
            Scorer scorer, DataType storage, int window, int slack, int operations, long seed) {
        Random random = new Random(seed);
        int heads = 1 + random.nextInt(4);
        EvictionPolicy policy = new EvictionPolicy(Laws.random(random, 2, heads, 20), scorer, SOME, slack);
        KvShape shape = LayerWalk.Plan.shape(heads, 1 + random.nextInt(2), storage, window);
        return new LayerWalk.Plan(policy, shape, 700, operations, seed);
    }

    @ParameterizedTest
    @MethodSource("walks")
    void walk_headsWithLawsOfTheirOwn_agreesWithTheReference(LayerWalk.Plan plan) {
        new LayerWalk(plan, manager).run();
    }

    @ParameterizedTest
    @MethodSource("inConfiguration")
    @Tag("slow")
    void walk_anyScorer_agreesWithTheReference(Scorer scorer) {
        int trims = 0;
        for (long seed : Seed.each(10)) {
            LayerWalk.Plan plan = plan(scorer, DataType.FLOAT32, seed % 2 == 0 ? 0 : 90, 64, 400, seed);
            LayerWalk walk = new LayerWalk(plan, manager);
            try {
                walk.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("in " + plan, e);
            }
            trims += walk.trims();
        }
        assertThat(trims).as("trims in all walks").isGreaterThan(50);
    }

    static Stream<Scorer> inConfiguration() {
        return Scorers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("ofTheLongWalks")
    void walk_aHundredThousandOperations_agreesWithTheReference(Scorer scorer) {
        EvictionPolicy policy = new EvictionPolicy(Laws.some(1), scorer, SOME, 64);
        KvShape shape = LayerWalk.Plan.shape(3, 2, DataType.FLOAT32, 0);
        LayerWalk walk = new LayerWalk(new LayerWalk.Plan(policy, shape, 600, 50_000, Seed.or(42)), manager);
        assertThat(walk.run()).isGreaterThanOrEqualTo(50_000);
        assertThat(walk.trims()).isGreaterThan(1_000);
    }

    /** Together a hundred thousand operations: one scorer that sums attention, one that keeps queries beside. */
    static Stream<Scorer> ofTheLongWalks() {
        return Stream.of(new HeavyHitterScorer(), new NewestQueries(8, true));
    }
}

package dev.sublinear.kvcache;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers whose heads have budgets of their own, compared with their twins in random walks. */
final class RaggedWalkTest {
    static final Protection SOME = new Protection(2, 3, 0.25, new Span(5, 9));

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
            for (int window : new int[] {0, 100}) {
                for (int slack : new int[] {0, 100}) {
                    plans.add(plan(scorer, window, slack, seed++));
                }
            }
        }
        return plans.stream();
    }

    /** A walk through layers of random laws, heads, query heads and storage. */
    static LayerWalk.Plan plan(Scorer scorer, int window, int slack, long seed) {
        Random random = new Random(seed);
        int heads = 1 + random.nextInt(4);
        EvictionPolicy policy = new EvictionPolicy(Laws.random(random, 2, heads, 20), scorer, SOME, slack);
        KvStorage storage = List.of(KvStorage.values()).get(random.nextInt(3));
        KvShape shape = LayerWalk.Plan.shape(heads, 1 + random.nextInt(2), storage, window);
        return new LayerWalk.Plan(policy, shape, 700, 400, seed);
    }

    @ParameterizedTest
    @MethodSource("walks")
    void walk_headsWithLawsOfTheirOwn_agreesWithTheReference(LayerWalk.Plan plan) {
        new LayerWalk(plan, manager).run();
    }
}

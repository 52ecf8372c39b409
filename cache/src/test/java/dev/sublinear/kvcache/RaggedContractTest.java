package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The long walks of layers whose heads have budgets of their own: {@link RaggedWalkTest} has the short ones. */
@Tag("slow")
final class RaggedContractTest {
    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<Scorer> scorers() {
        return Scorers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void walk_anyScorer_agreesWithTheReference(Scorer scorer) {
        int trims = 0;
        for (long seed : Seed.each(4)) {
            LayerWalk.Plan plan = RaggedWalkTest.plan(scorer, seed % 2 == 0 ? 0 : 90, 64, seed);
            LayerWalk walk = new LayerWalk(plan, manager);
            try {
                walk.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("in " + plan, e);
            }
            trims += walk.trims();
        }
        assertThat(trims).as("trims in all walks").isGreaterThan(20);
    }

    @Test
    void walk_aHundredThousandOperations_agreesWithTheReference() {
        EvictionPolicy policy = new EvictionPolicy(Laws.some(1), new HeavyHitterScorer(), RaggedWalkTest.SOME, 64);
        KvShape shape = LayerWalk.Plan.shape(3, 2, KvStorage.FLOAT32, 0);
        LayerWalk walk = new LayerWalk(new LayerWalk.Plan(policy, shape, 600, 100_000, Seed.or(42)), manager);
        assertThat(walk.run()).isGreaterThanOrEqualTo(100_000);
        assertThat(walk.trims()).isGreaterThan(1_000);
    }
}

package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of a layer for every scorer, budget, storage and number of heads, with and without pins and windows, in poison
 * mode.
 */
@Tag("slow")
final class CacheContractTest {
    /** None; less than the budgets; more than most. */
    private static final int[] WINDOWS = {0, 13, 30};

    private static final int TOKENS = 160;
    private static final int OPERATIONS = 50;

    static Stream<Scorer> scorers() {
        return Scorers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void walk_anyScorerBudgetStorageAndHeads_agreesWithTheReference(Scorer scorer) {
        long seed = Seed.or(0);
        int trims = 0;
        for (BudgetSchedule budget : Stream.of(
                        "unlimited",
                        "fixed:24",
                        "fraction:0.3,floor=20",
                        "logarithmic:scale=8,floor=20",
                        "power-law:alpha=4,exponent=0.5,floor=20")
                .map(BudgetSchedule::parse)
                .toList()) {
            for (Span pinned : List.of(Span.EMPTY, new Span(5, 9))) {
                EvictionPolicy policy = new EvictionPolicy(budget, scorer, new Protection(2, 3, 0.25, pinned), 7);
                for (KvStorage storage : KvStorage.values()) {
                    for (int kvHeads : new int[] {1, 3, 8}) {
                        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
                            int window = WINDOWS[Math.floorMod(seed / 3, WINDOWS.length)];
                            KvShape shape = LayerWalk.Plan.shape(kvHeads, 2, storage, window);
                            LayerWalk.Plan plan = new LayerWalk.Plan(policy, shape, TOKENS, OPERATIONS, seed++);
                            trims += walk(plan, manager);
                        }
                    }
                }
            }
        }
        assertThat(trims).as("trims in all walks").isGreaterThan(200);
    }

    /** Returns how many trims there were. */
    private static int walk(LayerWalk.Plan plan, NDManager manager) {
        LayerWalk walk = new LayerWalk(plan, manager);
        try {
            walk.run();
            return walk.trims();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("in " + plan, e);
        }
    }
}

package dev.sublinear.kvcache.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SimulationTest {
    private static final int TOKENS = 256;
    private static final String TIGHT = "fixed:32";

    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    static LongStream seeds() {
        return LongStream.range(Seed.or(1), Seed.or(1) + 3);
    }

    private List<Trace> traces(long seed) {
        return List.of(Trace.heavyHitters(TOKENS, seed), Trace.local(TOKENS, seed), Trace.noise(TOKENS, seed));
    }

    @Test
    void retained_unlimited_isAllForEveryScorer() {
        for (Trace trace : traces(Seed.or(1))) {
            Simulation simulation = new Simulation(trace, manager);
            for (Scorer scorer : simulation.scorers()) {
                assertThat(simulation.retained(Simulation.policy("unlimited", scorer), 0))
                        .as("%s, %s", trace.name(), scorer.name())
                        .isCloseTo(1, within(1e-9));
            }
        }
    }

    /** One trim in the middle; then the queries that follow judge the one set that it kept. */
    @ParameterizedTest
    @MethodSource("seeds")
    void retained_afterOneTrim_isNeverMoreThanTheOracles(long seed) {
        int budget = 32;
        int half = TOKENS / 2;
        Protection protection = new Protection(2, 8, 0, Protection.Span.EMPTY);
        for (Trace trace : traces(seed)) {
            Simulation simulation = new Simulation(trace, manager);
            double best = simulation.retained(once(budget, half, protection, new Simulation.Oracle(trace)), half);
            for (Scorer scorer : Scorers.all()) {
                assertThat(simulation.retained(once(budget, half, protection, scorer), half))
                        .as("%s, %s, seed %s", trace.name(), scorer.name(), seed)
                        .isLessThanOrEqualTo(best + 1e-9);
            }
        }
    }

    /** A policy that trims once {@code at} tokens have been seen, and not again before twice as many, less the budget. */
    private static EvictionPolicy once(int budget, int at, Protection protection, Scorer scorer) {
        return new EvictionPolicy(new BudgetSchedule.Fixed(budget), scorer, protection, at - budget - 1);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void retained_plantedHeavyHitters_areKeptByAttentionAndNotByChanceOrAge(long seed) {
        Simulation simulation = new Simulation(Trace.heavyHitters(TOKENS, seed), manager);
        double chance = retained(simulation, "random");
        double age = retained(simulation, "recency");
        for (String scorer : List.of(
                "heavy-hitter",
                "heavy-hitter-sum",
                "decay",
                "last-query",
                "last-queries",
                "value-aware-heavy-hitter")) {
            assertThat(retained(simulation, scorer))
                    .as("%s, seed %s", scorer, seed)
                    .isGreaterThan(chance + 0.2)
                    .isGreaterThan(age + 0.2);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void retained_localAttention_isKeptByAge(long seed) {
        Simulation simulation = new Simulation(Trace.local(TOKENS, seed), manager);
        assertThat(retained(simulation, "recency"))
                .as("seed %s", seed)
                .isGreaterThan(retained(simulation, "random") + 0.03)
                .isGreaterThan(retained(simulation, "heavy-hitter-sum"));
    }

    @Test
    void retained_largerBudget_isMore() {
        for (Trace trace : traces(Seed.or(4))) {
            Simulation simulation = new Simulation(trace, manager);
            for (String scorer : List.of("heavy-hitter", "recency", "random")) {
                double little = simulation.retained(Simulation.policy("fixed:32", Scorers.named(scorer)), 0);
                double more = simulation.retained(Simulation.policy("fixed:128", Scorers.named(scorer)), 0);
                assertThat(more).as("%s, %s", trace.name(), scorer).isGreaterThan(little);
            }
        }
    }

    private static double retained(Simulation simulation, String scorer) {
        return simulation.retained(Simulation.policy(TIGHT, Scorers.named(scorer)), 0);
    }

    @Test
    void retained_anyRun_leavesNoTensor() {
        int before = manager.getManagedArrays().size();
        retained(new Simulation(Trace.noise(100, 1), manager), "expected-attention");
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void table_anyTrace_hasALineForEachScorerAndTheOracle() {
        Simulation simulation = new Simulation(Trace.noise(64, 1), manager);
        assertThat(simulation.table().lines())
                .hasSize(Scorers.all().size() + 2)
                .anyMatch(line -> line.startsWith("oracle"));
    }

    @Test
    void read_writtenTrace_replaysTheSame(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("trace.npz");
        Trace trace = Trace.heavyHitters(80, 5);
        trace.write(file, manager);
        Trace read = Trace.read(file, manager);
        assertThat(retained(new Simulation(read, manager), "decay"))
                .isEqualTo(retained(new Simulation(trace, manager), "decay"));
    }

    @Test
    void read_arraysThatDoNotMatch_isRefusedNamingThem(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("trace.npz");
        try (NDList arrays = new NDList()) {
            for (String name : List.of("queries", "keys", "values")) {
                NDArray array = manager.ones(new Shape(2, name.equals("values") ? 4 : 5, 3));
                array.setName(name);
                arrays.add(array);
            }
            Files.write(file, arrays.encode(NDList.Encoding.NPZ));
        }
        assertThatThrownBy(() -> Trace.read(file, manager))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": values must have the shape of keys, (kvHeads, tokens, headDim), was (2, 4, 3)");
    }
}

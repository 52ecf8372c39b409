package dev.sublinear.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.HuggingFaceCheckpoint;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import dev.sublinear.model.WeightType;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
    private static final long MIB = 1L << 20;

    private static ModelSpec spec() {
        try (HuggingFaceCheckpoint directory = HuggingFaceCheckpoint.open(FixtureModel.directory())) {
            return directory.spec();
        }
    }

    private static MemoryPlan plan(long limit, Map<String, String> keys) {
        ServerConfig config = ConfigReader.read(keys, Map.of());
        Precision precision = config.model().precision().of(WeightType.FLOAT32);
        return MemoryPlan.of(config, spec(), precision, limit, 512 * MIB, 128 * MIB);
    }

    @Test
    void of_noCapacity_givesTheCacheMostOfWhatIsLeft() {
        MemoryPlan plan = plan(4096 * MIB, Map.of());
        long left = plan.limit() - (plan.sum() - plan.cache());
        assertThat(plan.cache()).isBetween(left * 7 / 10, left * 3 / 4);
        plan.requireFits();
    }

    @Test
    void of_capacity_isTakenAsItIs() {
        assertThat(plan(4096 * MIB, Map.of("cache.capacity", "100MiB")).cache()).isEqualTo(100 * MIB);
    }

    @Test
    void of_anotherPrecision_countsItsWeights() {
        long exact = plan(4096 * MIB, Map.of("precision", "f32")).weights();
        long rounded = plan(4096 * MIB, Map.of("precision", "int8")).weights();
        assertThat(exact - rounded).isEqualTo(3 * spec().parameters());
    }

    @Test
    void of_longerContextsAllowed_reckonsWithMoreScores() {
        long any = plan(8192 * MIB, Map.of()).activations();
        long bounded = plan(8192 * MIB, Map.of("cache.allow-override", "false")).activations();
        assertThat(any).isGreaterThan(bounded);
    }

    @Test
    void requireFits_tooMuch_saysByHowMuch() {
        MemoryPlan plan = plan(2048 * MIB, Map.of("cache.capacity", "4GiB"));
        assertThatThrownBy(plan::requireFits)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(ByteSize.format(plan.sum() - plan.limit()) + " more than there is")
                .hasMessageContaining("cache 4.0 GiB");
    }

    @Test
    void requireFits_nothingLeft_isRefused() {
        assertThatThrownBy(plan(600 * MIB, Map.of())::requireFits).isInstanceOf(ConfigException.class);
    }
}

package dev.sublinear.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.decoder.WeightMemory;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryPlanTest {
    private static final long MIB = 1L << 20;

    private static ModelSpec spec() {
        try (HuggingFaceCheckpoint directory = HuggingFaceCheckpoint.open(FixtureModel.directory())) {
            return directory.spec();
        }
    }

    private static MemoryPlan plan(long limit, EngineSettings settings) {
        Precision precision = settings.precision().of(WeightType.FLOAT32);
        return MemoryPlan.of(settings, spec(), precision, limit, 512 * MIB, 128 * MIB);
    }

    private static EngineSettings with(CacheCapacity capacity, boolean allowOverride) {
        CacheSettings usual = EngineSettings.DEFAULT.cache();
        return EngineSettings.DEFAULT.with(new CacheSettings(capacity, usual.policy(), usual.storage(), allowOverride));
    }

    private static EngineSettings withCapacity(long bytes) {
        return with(new CacheCapacity.Fixed(bytes), true);
    }

    private static EngineSettings withPrecision(String key) {
        return EngineSettings.DEFAULT.withPrecision(PrecisionChoice.parse(key));
    }

    @Test
    void of_noCapacity_givesTheCacheMostOfWhatIsLeft() {
        MemoryPlan plan = plan(4096 * MIB, EngineSettings.DEFAULT);
        long left = plan.limit() - (plan.sum() - plan.cache());
        assertThat(plan.cache()).isBetween(left * 7 / 10, left * 3 / 4);
        plan.requireFits();
    }

    @Test
    void of_capacity_isTakenAsItIs() {
        assertThat(plan(4096 * MIB, withCapacity(100 * MIB)).cache()).isEqualTo(100 * MIB);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16", "int8", "int8-dynamic"})
    void of_anyPrecision_countsItsWeightsAndTheEmbeddingTwiceInFloat32(String key) {
        long embedding = (long) spec().vocabSize() * spec().hiddenSize();

        assertThat(plan(4096 * MIB, withPrecision(key)).weights())
                .isEqualTo(WeightMemory.bytes(spec(), Precisions.named(key)) + 2 * embedding * Float.BYTES);
    }

    @Test
    void of_longerContextsAllowed_reckonsWithMoreScores() {
        long any = plan(8192 * MIB, EngineSettings.DEFAULT).activations();
        long bounded =
                plan(8192 * MIB, with(new CacheCapacity.OfWhatIsLeft(), false)).activations();
        assertThat(any).isGreaterThan(bounded);
    }

    @Test
    void requireFits_tooMuch_saysByHowMuch() {
        MemoryPlan plan = plan(2048 * MIB, withCapacity(4096 * MIB));
        assertThatThrownBy(plan::requireFits)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(ByteSize.format(plan.sum() - plan.limit()) + " more than there is")
                .hasMessageContaining("cache 4.0 GiB");
    }

    @Test
    void requireFits_nothingLeft_isRefused() {
        assertThatThrownBy(plan(600 * MIB, EngineSettings.DEFAULT)::requireFits).isInstanceOf(ConfigException.class);
    }
}

package dev.sublinear.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.precision.Precisions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrecisionChoiceTest {

    @ParameterizedTest
    @CsvSource({
        "F32, 32, f32",
        "F16, 16, bf16",
        "BF16, 16, bf16",
        "Q8_0, 8.5, int8-dynamic",
        "Q6_K, 6.5625, int8-dynamic",
        "Q4_1, 5, int8-dynamic",
    })
    void of_auto_isAsLargeAsWhatIsStored(String type, double bits, String precision) {
        WeightType stored = new WeightType(type, bits);

        assertThat(PrecisionChoice.parse("auto").of(stored).key()).isEqualTo(precision);
        assertThat(PrecisionChoice.parse("auto").describe(stored))
                .isEqualTo(precision + " (auto: the weights are stored in " + type + ")");
    }

    @Test
    void of_named_isThatWhateverIsStored() {
        PrecisionChoice choice = PrecisionChoice.parse("f32");

        assertThat(choice.of(new WeightType("Q4_0", 4.5))).isEqualTo(Precisions.F32);
        assertThat(choice.describe(new WeightType("Q4_0", 4.5))).isEqualTo("f32");
    }

    @Test
    void parse_whatIsNone_isNamed() {
        assertThatThrownBy(() -> PrecisionChoice.parse("fp8"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be one of auto, f32, bf16, int8, int8-dynamic, int4, was \"fp8\"");
    }
}

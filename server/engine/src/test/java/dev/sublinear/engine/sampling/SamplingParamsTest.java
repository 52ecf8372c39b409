package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplingParamsTest {

    @ParameterizedTest
    @CsvSource({
        "0,0,0,repetition_penalty",
        "101,0,0,repetition_penalty",
        "NaN,0,0,repetition_penalty",
        "1,2.1,0,presence_penalty",
        "1,NaN,0,presence_penalty",
        "1,0,-2.1,frequency_penalty"
    })
    void penalties_outOfRange_saysWhich(double repetition, double presence, double frequency, String parameter) {
        assertThatThrownBy(() -> new Penalties(repetition, presence, frequency))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessageStartingWith(parameter + " must be ");
    }

    @Test
    void logitBias_outOfRange_saysWhichId() {
        assertThatThrownBy(() -> SamplingParams.GREEDY.withLogitBias(Map.of(7, 100.5)))
                .hasMessage("logit_bias.7 must be from -100 to 100, was 100.5");
        assertThatThrownBy(() -> SamplingParams.GREEDY.withLogitBias(Map.of(-1, 1.0)))
                .hasMessage("logit_bias must be of ids that are not negative, was -1");
    }
}

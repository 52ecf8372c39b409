package dev.sublinear.evaluation.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GrowthExponentTest {

    private static DocumentAttention attention(double exponent, double factor) {
        List<KeysNeeded> needs = new ArrayList<>();
        for (int n : List.of(128, 256, 512, 1024, 2048)) {
            double keys = factor * Math.pow(n, exponent);
            needs.add(new KeysNeeded(n, 0, 0, keys, keys, keys, keys, List.of(0.5, 0.0)));
            needs.add(new KeysNeeded(n, 0, 1, n, n, n, n, List.of(0.5, 0.0)));
        }
        return new DocumentAttention(needs, List.of());
    }

    @Test
    void heads_ofAPowerLaw_haveItsExponent() {
        List<GrowthExponent.Head> heads = GrowthExponent.heads(List.of(attention(0.4, 2), attention(0.4, 3)), 0.05);

        assertThat(heads).hasSize(2);
        assertThat(heads.get(0).exponent().mean()).isCloseTo(0.4, within(1e-9));
        assertThat(heads.get(1).exponent().mean()).isCloseTo(1, within(1e-9));
        assertThat(heads.get(0).alpha()).isCloseTo(Math.sqrt(6), within(1e-9));
        assertThat(heads.get(0).exponent().high()).isCloseTo(0.4, within(1e-9));
    }

    @Test
    void typical_isTheMeanOfTheHeadsLines() {
        assertThat(GrowthExponent.typical(List.of(attention(0.4, 2)), KeysNeeded::keys95)
                        .mean())
                .isCloseTo(0.7, within(1e-9));
    }
}

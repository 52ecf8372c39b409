package dev.sublinear.evaluation.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LengthMixTest {
    private static final LengthMix MIX = LengthMix.of(new LengthGrid(4096));

    @Test
    void footprint_unlimited_isTheMeanOfTriangles() {
        assertThat(new LengthMix(List.of(3, 5)).footprint(new Unlimited())).isEqualTo((6 + 15) / 2.0);
        assertThat(new LengthMix(List.of(3, 5)).footprint(new Fixed(2))).isEqualTo((5 + 9) / 2.0);
    }

    @Test
    void lengths_beginAt256() {
        assertThat(MIX.lengths()).containsExactly(256, 512, 1024, 2048, 4096);
    }

    @Test
    void everyFamily_matched_hasTheFootprintFromBelow() {
        double wanted = MIX.footprint(new PowerLaw(16, 0.5, 64));
        for (BudgetSchedule matched :
                List.of(MIX.fixed(wanted), MIX.fraction(wanted), MIX.logarithmic(wanted), MIX.powerLaw(wanted, 0.75))) {
            assertThat(MIX.footprint(matched) / wanted)
                    .as("%s", matched)
                    .isCloseTo(1, within(0.015))
                    .isLessThanOrEqualTo(1);
        }
    }
}

package dev.sublinear.evaluation.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeldShareTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "power-law:alpha=32,exponent=0.5",
                "power-law:alpha=1,exponent=0.75",
                "fraction:0.5",
                "logarithmic:scale=16",
                "fixed:99"
            })
    void of_anySchedule_holdsNearlyTheShareAndGrowsTheSame(String like) {
        BudgetSchedule schedule = BudgetSchedule.parse(like);

        for (String held : new String[] {"0.35@2048", "0.1@8192", ".2@8192"}) {
            HeldShare share = HeldShare.parse(held);
            BudgetSchedule found = share.of(schedule);

            assertThat((double) found.budget(share.tokens()) / share.tokens())
                    .as("%s of %s", held, found)
                    .isBetween(share.share() * 0.998, share.share());
            assertThat(BudgetFamily.of(found.toString())).isEqualTo(BudgetFamily.of(like));
            assertThat(BudgetSchedule.parse(found.toString())).isEqualTo(found);
        }
    }

    /** A block of 64 tokens in one of many heads is the least step. */
    @Test
    void of_laws_countsTheWholeBlocksThatHeadsHold() {
        List<List<PowerLaw>> layers =
                Collections.nCopies(20, List.of(new PowerLaw(20, 0.4, 64), new PowerLaw(3, 0.7, 64)));
        HeldShare share = HeldShare.parse("0.35@2048");

        HeadLaws found = (HeadLaws) share.of(HeadLaws.of(layers));

        assertThat(found.held(2048, 64) / 2048).isBetween(0.32, 0.35);
    }

    @Test
    void of_aShareBelowTheFloor_isRefused() {
        assertThatThrownBy(() -> HeldShare.parse("0.05@1000").of(BudgetSchedule.parse("logarithmic:scale=16")))
                .hasMessage("held must leave room for the floor of logarithmic:scale=16 after 1000 tokens, was 0.05");
    }

    @Test
    void of_unlimited_isRefused() {
        assertThatThrownBy(() -> HeldShare.parse("0.5@1000").of(BudgetSchedule.parse("unlimited")))
                .hasMessage("held needs a budget that has a scale, was unlimited");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.35", "35%@2048", "1@100", "0@100", "@100", "0.5@0"})
    void parse_whatIsNoShare_isRefused(String text) {
        assertThatThrownBy(() -> HeldShare.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("held must be a share");
    }
}

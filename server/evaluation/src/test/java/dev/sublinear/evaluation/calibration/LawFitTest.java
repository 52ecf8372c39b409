package dev.sublinear.evaluation.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LawFitTest {
    /** Budgets lie on a grid with four steps to a doubling. */
    private static final double STEP = Math.pow(2, 0.25);

    private static final double PRICE = 2e-5;
    private static final double[][] WEIGHTS = {{1e-3, 4e-3}, {0.25e-3, 1e-3}};

    private static LawFit fit(LawForm form, double[][] growths) {
        return new LawFit(new SyntheticErrors(WEIGHTS, growths).measured(), form, 16, 0);
    }

    @Test
    void at_errorsOfKnownGrowth_findsEachHeadsExponentAndAlpha() {
        double[][] growths = {{0.5, 0.2}, {1, 0.8}};

        HeadLaws laws = fit(LawForm.EXPONENTS, growths).at(PRICE);

        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 2; head++) {
                PowerLaw law = law(laws, layer, head);
                assertThat(law.exponent()).isCloseTo(growths[layer][head] / 2, within(0.1));
                double expected = Math.sqrt(WEIGHTS[layer][head] / PRICE) * Math.pow(1000, growths[layer][head] / 2);
                assertThat((double) law.budget(1000)).isBetween(expected / STEP, expected * STEP);
                assertThat(law.floor()).isEqualTo(16);
            }
        }
    }

    @Test
    void at_shares_givesAllHeadsTheExponentOfTheTotal() {
        HeadLaws laws =
                fit(LawForm.SHARES, new double[][] {{0.8, 0.8}, {0.8, 0.8}}).at(PRICE);

        assertThat(laws.layers())
                .allSatisfy(layer -> assertThat(layer)
                        .allSatisfy(law -> assertThat(law.law().exponent())
                                .isEqualTo(law(laws, 0, 0).exponent())
                                .isCloseTo(0.4, within(0.08))));
        double ratio = law(laws, 0, 1).alpha() / law(laws, 0, 0).alpha();
        assertThat(ratio).isBetween(2 / STEP, 2 * STEP);
    }

    @Test
    void at_errorsThatDoNotGrow_givesTheSmallestExponent() {
        HeadLaws laws = fit(LawForm.EXPONENTS, new double[][] {{0, 0}, {0, 0}}).at(PRICE);
        assertThat(law(laws, 0, 0).exponent()).isEqualTo(0.01);
    }

    @Test
    void priceHolding_aNumberOfTokens_givesLawsThatHoldIt() {
        for (LawForm form : LawForm.values()) {
            LawFit fit = fit(form, new double[][] {{0.5, 0.2}, {1, 0.8}});
            for (double tokens : new double[] {60, 400, 1500}) {
                double held = fit.at(fit.priceHolding(tokens, laws -> laws.budget(4096)))
                        .budget(4096);
                assertThat(held).as("%s, %s", form, tokens).isBetween(0.9 * tokens, tokens);
            }
        }
    }

    @Test
    void at_withWholeHeads_letsThoseKeepEverythingThatLoseMost() {
        for (LawForm form : LawForm.values()) {
            LawFit fit = wholes(form, 1);

            HeadLaws laws = fit.at(fit.priceHolding(1500, found -> found.held(4096, 64)));

            assertThat(fit.wholeHeads()).containsExactly(1); // its weight is the largest
            assertThat(laws.wholeHeads()).isEqualTo(1);
            assertThat(laws.forHead(0, 1).evicts()).isFalse();
            assertThat(laws.layers())
                    .allSatisfy(layer -> assertThat(layer)
                            .allSatisfy(law -> assertThat(law.law().exponent()).isLessThan(0.5)));
            assertThat(law(laws, 0, 1).budget(4096))
                    .as("if it were not whole")
                    .isGreaterThan(law(laws, 0, 0).budget(4096));
            assertThat(laws.held(4096, 64)).isBetween(1350.0, 1500.0);
        }
    }

    @Test
    void wholeScales_ofAWholeHead_letItHoldItsPartOfWhatIsHeldAtEachScale() {
        LawFit fit = wholes(LawForm.SHARES, 1);
        HeadLaws equal = fit.at(fit.priceHolding(3200, laws -> laws.held(4096, 64)));
        WholeScales scales = new WholeScales(fit.wholeHeads(), found -> found.held(4096, 64), 4096);

        HeadLaws laws = scales.of(equal);

        double from = laws.layers().get(0).get(1).wholeFrom(); // of the head that loses most
        assertThat(from).isBetween(0.001, 0.999);
        assertThat(laws.wholeHeads()).isEqualTo(1);
        assertThat(laws.at(from).held(4096, 64)).isGreaterThanOrEqualTo(1024 / 0.45);
        assertThat(laws.at(from - 0.01).wholeHeads()).isZero();
        assertThat(laws.at(0.001).held(4096, 64)).isLessThan(4096 / 4.0);
        assertThat(scales.allow(laws, 1)).isTrue();
        assertThat(scales.allow(laws, 2))
                .as("two of four hold %s of it", 2 * 4096 / (4 * laws.held(4096, 64)))
                .isFalse();
    }

    private static LawFit wholes(LawForm form, int whole) {
        return new LawFit(
                new SyntheticErrors(WEIGHTS, new double[][] {{0.5, 0.5}, {0.5, 0.5}}).measured(), form, 16, whole);
    }

    private static PowerLaw law(HeadLaws laws, int layer, int head) {
        return laws.layers().get(layer).get(head).law();
    }

    @Test
    void tokens_errorThatRises_countsAsThatOfTheSmallerBudget() {
        int[] budgets = {10, 20, 40, 80};
        assertThat(EqualPrice.tokens(new double[] {5, 1, 3, 0}, budgets, 0.01)).isEqualTo(80);
        assertThat(EqualPrice.tokens(new double[] {5, 1, 3, 0}, budgets, 0.02)).isEqualTo(20);
        assertThat(EqualPrice.tokens(new double[] {5, 1, 3, 0}, budgets, 1)).isEqualTo(10);
    }

    @Test
    void intervals_ofDocumentsThatDiffer_haveTheFitBetweenTheirBounds() {
        double[][] growths = {{0.5, 0.2}, {1, 0.8}};
        List<HeadErrors> documents = List.of(
                new SyntheticErrors(WEIGHTS, growths).measured(),
                new SyntheticErrors(WEIGHTS, new double[][] {{0.9, 0.2}, {1, 0.8}}).measured(),
                new SyntheticErrors(WEIGHTS, new double[][] {{0.1, 0.2}, {1, 0.8}}).measured());
        HeadLaws laws = new LawFit(HeadErrors.mean(documents), LawForm.EXPONENTS, 16, 0).at(PRICE);

        LawIntervals intervals =
                LawIntervals.of(documents, new LawFit(HeadErrors.mean(documents), LawForm.EXPONENTS, 16, 0), PRICE);

        assertThat(law(laws, 0, 0).exponent())
                .isBetween(intervals.exponents()[0][0][0], intervals.exponents()[0][0][1]);
        assertThat(intervals.exponents()[0][0][1] - intervals.exponents()[0][0][0])
                .isGreaterThan(0.1);
        assertThat(intervals.exponents()[1][1][0]).isEqualTo(intervals.exponents()[1][1][1]);
    }
}

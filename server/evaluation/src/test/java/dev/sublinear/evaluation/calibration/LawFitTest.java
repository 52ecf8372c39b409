package dev.sublinear.evaluation.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
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

        List<List<PowerLaw>> laws = fit(LawForm.EXPONENTS, growths).at(PRICE);

        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 2; head++) {
                PowerLaw law = laws.get(layer).get(head);
                assertThat(law.exponent()).isCloseTo(growths[layer][head] / 2, within(0.1));
                double expected = Math.sqrt(WEIGHTS[layer][head] / PRICE) * Math.pow(1000, growths[layer][head] / 2);
                assertThat((double) law.budget(1000)).isBetween(expected / STEP, expected * STEP);
                assertThat(law.floor()).isEqualTo(16);
            }
        }
    }

    @Test
    void at_shares_givesAllHeadsTheExponentOfTheTotal() {
        List<List<PowerLaw>> laws =
                fit(LawForm.SHARES, new double[][] {{0.8, 0.8}, {0.8, 0.8}}).at(PRICE);

        assertThat(laws)
                .allSatisfy(layer -> assertThat(layer)
                        .allSatisfy(law -> assertThat(law.exponent())
                                .isEqualTo(laws.get(0).get(0).exponent())
                                .isCloseTo(0.4, within(0.08))));
        double ratio = laws.get(0).get(1).alpha() / laws.get(0).get(0).alpha();
        assertThat(ratio).isBetween(2 / STEP, 2 * STEP);
    }

    @Test
    void at_errorsThatDoNotGrow_givesTheSmallestExponent() {
        List<List<PowerLaw>> laws =
                fit(LawForm.EXPONENTS, new double[][] {{0, 0}, {0, 0}}).at(PRICE);
        assertThat(laws.get(0).get(0).exponent()).isEqualTo(0.01);
    }

    @Test
    void priceHolding_aNumberOfTokens_givesLawsThatHoldIt() {
        for (LawForm form : LawForm.values()) {
            LawFit fit = fit(form, new double[][] {{0.5, 0.2}, {1, 0.8}});
            for (double tokens : new double[] {60, 400, 1500}) {
                double held = LawFit.meanTokens(fit.at(fit.priceHolding(tokens, 4096)), 4096);
                assertThat(held).as("%s, %s", form, tokens).isBetween(0.9 * tokens, 1.01 * tokens);
            }
        }
    }

    @Test
    void at_withWholeHeads_letsThoseKeepEverythingThatLoseMost() {
        for (LawForm form : LawForm.values()) {
            LawFit fit = new LawFit(
                    new SyntheticErrors(WEIGHTS, new double[][] {{0.5, 0.5}, {0.5, 0.5}}).measured(), form, 16, 1);

            List<List<PowerLaw>> laws = fit.at(fit.priceHolding(1500, 4096));

            assertThat(laws.get(0).get(1)).isEqualTo(new PowerLaw(1, 1, 16)); // its weight is the largest
            assertThat(List.of(
                            laws.get(0).get(0), laws.get(1).get(0), laws.get(1).get(1)))
                    .allSatisfy(law -> assertThat(law.exponent()).isLessThan(0.5));
            assertThat(LawFit.meanTokens(laws, 4096)).isBetween(1350.0, 1515.0);
        }
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
        List<List<PowerLaw>> laws = new LawFit(HeadErrors.mean(documents), LawForm.EXPONENTS, 16, 0).at(PRICE);

        LawIntervals intervals =
                LawIntervals.of(documents, new LawFit(HeadErrors.mean(documents), LawForm.EXPONENTS, 16, 0), PRICE);

        assertThat(laws.get(0).get(0).exponent())
                .isBetween(intervals.exponents()[0][0][0], intervals.exponents()[0][0][1]);
        assertThat(intervals.exponents()[0][0][1] - intervals.exponents()[0][0][0])
                .isGreaterThan(0.1);
        assertThat(intervals.exponents()[1][1][0]).isEqualTo(intervals.exponents()[1][1][1]);
    }
}

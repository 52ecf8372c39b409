package dev.sublinear.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Requests of different lengths, each as likely as the other: 256, 512, 1,024 ... tokens, so that the logarithm of the
 * length is spread evenly.
 *
 * <p>Budgets are compared at the same footprint: the tokens held, summed over the steps of a request. That is what a cache
 * costs over its life, and a budget that grows must not win by holding more.
 */
record Mix(List<Integer> lengths) {

    /** The lengths of a grid from 256 on: below, nothing of interest has been evicted. */
    static Mix of(Grid grid) {
        return new Mix(grid.lengths().stream().filter(n -> n >= 256).toList());
    }

    /** Tokens held, summed over all steps of a request; the mean of the requests. Slack is the same for all, and left out. */
    double footprint(BudgetSchedule budget) {
        double sum = 0;
        long held = 0;
        int at = 0;
        for (int length : lengths) {
            while (at < length) {
                held += budget.budget(++at);
            }
            sum += held;
        }
        return sum / lengths.size();
    }

    /** Tokens held at the end of a request, the mean of the requests. */
    double meanAtEnd(BudgetSchedule budget) {
        return lengths.stream().mapToInt(budget::budget).average().orElseThrow();
    }

    /**
     * Returns the schedule of a family whose footprint comes nearest to another's from below.
     *
     * @param family schedules that grow with their parameter
     * @param digits significant digits of the parameter
     */
    BudgetSchedule match(
            double footprint, DoubleFunction<BudgetSchedule> family, double least, double most, int digits) {
        double low = least;
        double high = most;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (footprint(family.apply(middle)) <= footprint) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return family.apply(rounded(low, digits));
    }

    private static double rounded(double value, int digits) {
        double unit = Math.pow(10, Math.floor(Math.log10(value)) + 1 - digits);
        return Double.parseDouble(
                String.format(java.util.Locale.ROOT, "%." + digits + "g", Math.floor(value / unit) * unit));
    }

    BudgetSchedule fixed(double footprint) {
        int longest = lengths.get(lengths.size() - 1);
        int low = 1;
        int high = longest;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (footprint(new BudgetSchedule.Fixed(middle)) <= footprint) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new BudgetSchedule.Fixed(low);
    }

    BudgetSchedule fraction(double footprint) {
        return match(footprint, of -> new BudgetSchedule.Fraction(of, BudgetSchedule.DEFAULT_FLOOR), 1e-3, 1, 3);
    }

    BudgetSchedule logarithmic(double footprint) {
        return match(
                footprint, scale -> new BudgetSchedule.Logarithmic(scale, BudgetSchedule.DEFAULT_FLOOR), 1, 1e5, 3);
    }

    BudgetSchedule powerLaw(double footprint, double exponent) {
        return match(
                footprint,
                alpha -> new BudgetSchedule.PowerLaw(alpha, exponent, BudgetSchedule.DEFAULT_FLOOR),
                1e-2,
                1e5,
                3);
    }
}

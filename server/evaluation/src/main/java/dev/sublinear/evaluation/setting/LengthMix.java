package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A log-uniform mix of request lengths: 256, 512, 1,024 ... tokens, each with the same probability.
 *
 * <p>Budgets are compared at the same footprint: the tokens that one layer and head holds, summed over the steps of a
 * request. The footprint is what a cache costs over its life; without it a budget that grows could win by holding more.
 */
public record LengthMix(List<Integer> lengths) {
    private static final int STRIDE = 32;

    /** Returns the lengths of a grid from 256 tokens on: below, budgets have hardly evicted anything. */
    public static LengthMix of(LengthGrid grid) {
        return new LengthMix(grid.lengths().stream().filter(n -> n >= 256).toList());
    }

    /** Returns the footprint of a budget in tokens times steps, the mean of the requests. Slack, the same for all, is left out. */
    public double footprint(BudgetSchedule budget) {
        int stride = budget.isByHead() ? STRIDE : 1; // all heads are asked each time
        double sum = 0;
        long held = 0;
        int at = 0;
        for (int length : lengths) {
            while (at < length) {
                int next = Math.min(length, at + stride);
                held += (long) (next - at) * held(budget, next);
                at = next;
            }
            sum += held;
        }
        return sum / lengths.size();
    }

    /** Returns the tokens held: budgets by head are rounded up to whole blocks, half of one in the mean. */
    private static int held(BudgetSchedule budget, int seen) {
        return budget.isByHead() ? Math.min(seen, budget.budget(seen) + KvShape.BLOCK / 2) : budget.budget(seen);
    }

    /** Returns the longest request, in tokens. */
    public int longest() {
        return lengths.get(lengths.size() - 1);
    }

    /** Returns the tokens that a budget holds at the end of a request, the mean of the requests. */
    public double meanAtEnd(BudgetSchedule budget) {
        return lengths.stream().mapToInt(budget::budget).average().orElseThrow();
    }

    /**
     * Returns the schedule of a family with the largest footprint that is at most the given one.
     *
     * @param family schedules that grow with their parameter
     * @param least bound of the parameter
     * @param most bound of the parameter
     * @param digits significant digits to which the parameter is rounded down
     */
    private BudgetSchedule match(
            double footprint, DoubleFunction<BudgetSchedule> family, double least, double most, int digits) {
        double low = least;
        double high = most;
        for (int i = 0; i < 60; i++) {
            double middle = high / low > 2 ? Math.sqrt(low * high) : (low + high) / 2;
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
        return Double.parseDouble(String.format(Locale.ROOT, "%." + digits + "g", Math.floor(value / unit) * unit));
    }

    /** Returns the fixed budget with the largest footprint that is at most the given one. */
    BudgetSchedule fixed(double footprint) {
        int low = 1;
        int high = longest();
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

    /** Returns a share of the tokens seen with nearly this footprint. */
    BudgetSchedule fraction(double footprint) {
        return match(footprint, of -> new BudgetSchedule.Fraction(of, BudgetSchedule.DEFAULT_FLOOR), 1e-3, 1, 3);
    }

    /** Returns a multiple of ln n with nearly this footprint. */
    BudgetSchedule logarithmic(double footprint) {
        return match(
                footprint, scale -> new BudgetSchedule.Logarithmic(scale, BudgetSchedule.DEFAULT_FLOOR), 1, 1e5, 3);
    }

    /** Returns laws by head with nearly this footprint, the same but for their scale. */
    HeadLaws headLaws(double footprint, HeadLaws like) {
        return (HeadLaws) match(footprint, like::at, 1e-4, 1e4, 3);
    }

    /** Returns a power law with this exponent and nearly this footprint. */
    BudgetSchedule powerLaw(double footprint, double exponent) {
        return match(
                footprint,
                alpha -> new BudgetSchedule.PowerLaw(alpha, exponent, BudgetSchedule.DEFAULT_FLOOR),
                1e-2,
                1e5,
                3);
    }
}

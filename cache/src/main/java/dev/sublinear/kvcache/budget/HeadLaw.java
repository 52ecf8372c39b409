package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;

/**
 * What one key-value head keeps: from some scale of all laws on everything, below it α·n^C tokens.
 *
 * @param law below that scale
 * @param wholeFrom the scale, positive; infinite for a head that never keeps everything
 */
public record HeadLaw(PowerLaw law, double wholeFrom) {
    private static final BudgetSchedule WHOLE = new Unlimited();

    /** The law of a head that never keeps everything. */
    public HeadLaw(PowerLaw law) {
        this(law, Double.POSITIVE_INFINITY);
    }

    public HeadLaw {
        require(wholeFrom > 0, "the scale from which on a head is whole must be positive, was %s", wholeFrom);
    }

    /** Whether the head keeps everything. */
    public boolean isWholeAt(double scale) {
        return scale >= wholeFrom;
    }

    /** Returns the budget of the head. */
    public BudgetSchedule at(double scale) {
        return isWholeAt(scale) ? WHOLE : scale == 1 ? law : law.scaled(scale);
    }
}

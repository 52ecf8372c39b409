package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

/**
 * Raises a layer's budget where evicting down to it would lose too much, and lets it fall back where it would not.
 *
 * <p>Loss is what a trim can know: the share of the attention remembered in a layer that the evicted tokens had been
 * receiving, see {@code KvCacheListener.onLost}. At each trim the smallest budget is taken whose loss stays at the target,
 * in steps of the slack, and never one beyond the sequence's reservation. So a guard spends room that was set aside for
 * later tokens of the same sequence.
 *
 * @param targetLoss in (0, 1]; at 1 nothing is ever raised
 */
public record BudgetGuard(double targetLoss) {

    /** Raises nothing. */
    public static final BudgetGuard OFF = new BudgetGuard(1);

    public BudgetGuard {
        require(targetLoss > 0 && targetLoss <= 1, "guard.target-loss must be in (0, 1], was %s", targetLoss);
    }

    /** Whether it may ever raise a budget. */
    public boolean isOn() {
        return targetLoss < 1;
    }
}

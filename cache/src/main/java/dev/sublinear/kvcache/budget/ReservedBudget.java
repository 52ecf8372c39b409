package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

/**
 * Keeps from the start what another schedule keeps after a number of tokens: what a sequence of that length needs in the end, and
 * so has reserved anyway. Nothing is evicted before that much is held.
 *
 * @param of the other schedule
 * @param tokens of the sequence in the end; beyond them the other schedule goes on
 */
public record ReservedBudget(BudgetSchedule of, int tokens) implements BudgetSchedule {

    public ReservedBudget {
        require(tokens >= 1, "tokens must be at least 1, was %s", tokens);
    }

    @Override
    public int budget(int seen) {
        return Math.min(seen, of.budget(Math.max(seen, tokens)));
    }

    @Override
    public BudgetSchedule forHead(int layer, int head) {
        return of.isByHead() ? new ReservedBudget(of.forHead(layer, head), tokens) : this;
    }

    @Override
    public void requireFits(int layers, int kvHeads) {
        of.requireFits(layers, kvHeads);
    }

    @Override
    public boolean isByHead() {
        return of.isByHead();
    }

    /** Returns the other schedule's text: how long a sequence may become is no setting. */
    @Override
    public String toString() {
        return of.toString();
    }
}

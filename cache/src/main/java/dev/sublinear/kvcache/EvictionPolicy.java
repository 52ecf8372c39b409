package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Preconditions.require;

import java.util.Optional;
import java.util.Set;

/**
 * Which tokens a layer keeps, and when it evicts the others.
 *
 * <p>After each token, a layer whose heads hold more than {@code keep(head, seen) + slack} tokens is trimmed to {@code
 * keep(head, seen)} in each, see {@link HeadBudgets}. So the positions at which trims fall, and how many tokens are held at any
 * time, are functions of the policy alone.
 *
 * @param budget how many may stay
 * @param scorer which of them go first
 * @param protection which of them never go
 * @param slack how many tokens over budget a layer may run before it is trimmed
 * @param shares how the budget is divided among layers: the numbers of {@link HeadBudgets} are those of a layer with share 1
 * @param guard when a layer may keep more than its budget
 * @param window how many of the newest tokens a layer attends to, itself included, where it can never attend to others: those
 *     go first, whatever protects them, and the rest as the budget says; 0 where it attends to all. {@link KvShape#policy}
 *     sets it
 */
public record EvictionPolicy(
        BudgetSchedule budget,
        Scorer scorer,
        Protection protection,
        int slack,
        LayerShares shares,
        BudgetGuard guard,
        int window)
        implements HeadBudgets {

    /** A trim for every 64 tokens: its cost is spread, and at most 64 tokens are held beyond the budget. */
    public static final int DEFAULT_SLACK = 64;

    /** The policy with the usual protection and slack. */
    public static EvictionPolicy of(BudgetSchedule budget, Scorer scorer) {
        return new EvictionPolicy(budget, scorer, Protection.DEFAULT, DEFAULT_SLACK);
    }

    /** A policy with equal shares and no guard. */
    public EvictionPolicy(BudgetSchedule budget, Scorer scorer, Protection protection, int slack) {
        this(budget, scorer, protection, slack, LayerShares.UNIFORM, BudgetGuard.OFF, 0);
    }

    public EvictionPolicy {
        require(slack >= 0, "slack must not be negative, was %s", slack);
        require(window >= 0, "window must not be negative, was %s", window);
        int least = budget.least();
        require(
                protection.tokens(least) < least,
                "sinks %s + recent %s + pinned %s must be below %s, the smallest budget of %s",
                protection.sinks(),
                protection.recent(least),
                protection.pinned().length(),
                least,
                budget);
        require(
                !guard.isOn() || scorer.needs().contains(Signal.ATTENTION_WEIGHTS),
                "guard.target-loss needs a scorer that reads attention weights, was %s",
                scorer.name());
        require(
                !guard.isOn() || shares.equals(LayerShares.UNIFORM),
                "guard.target-loss needs uniform layer-shares, was %s",
                shares);
    }

    /**
     * Returns the policy of one layer that attends to all tokens: its share of the budget, to itself.
     *
     * @throws IllegalArgumentException if that is too little for what is protected
     */
    public EvictionPolicy forLayer(int layer, int layers) {
        if (shares.equals(LayerShares.UNIFORM)) {
            return this;
        }
        BudgetSchedule share = budget.scaled(shares.of(layer, layers));
        try {
            return new EvictionPolicy(share, scorer, protection, slack, LayerShares.UNIFORM, guard, window);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("in layer " + layer + " of " + layers + ": " + e.getMessage(), e);
        }
    }

    /** Returns the policy of a layer that attends to its {@code newest} tokens only; 0 for all. */
    public EvictionPolicy within(int newest) {
        return newest == window ? this : new EvictionPolicy(budget, scorer, protection, slack, shares, guard, newest);
    }

    /** Returns how many tokens a head with an average share of the budget is trimmed to once {@code seen} have been appended. */
    public int keep(int seen) {
        return Math.min(budget.budget(seen), most());
    }

    /** All heads of a layer have the same share of the budget. */
    @Override
    public int keep(int head, int seen) {
        return keep(seen);
    }

    /** Returns the most tokens that are ever worth keeping. */
    int most() {
        return window == 0 ? Integer.MAX_VALUE : window;
    }

    /** Whether anything is ever evicted. */
    public boolean evicts() {
        return Math.min(budget.least(), most()) < Integer.MAX_VALUE;
    }

    /** Whether the budget ever makes a layer choose; if not, no scorer needs to see anything. */
    public boolean chooses() {
        return budget.least() < most();
    }

    /** Returns this policy with other positions pinned. */
    public EvictionPolicy pinning(Protection.Span span) {
        return new EvictionPolicy(budget, scorer, protection.pinning(span), slack, shares, guard, window);
    }

    /**
     * Returns this policy with the first {@code tokens} of a sequence pinned, or as many of them as the smallest budget has room
     * for beside what it must keep anyway.
     */
    public EvictionPolicy pinningFirst(int tokens) {
        EvictionPolicy best = this;
        int length = 0;
        for (int step = Integer.highestOneBit(Math.max(1, tokens)); step > 0; step /= 2) {
            int longer = Math.min(tokens, length + step);
            Optional<EvictionPolicy> fitting = fitting(new Protection.Span(0, longer));
            if (fitting.isPresent()) {
                best = fitting.get();
                length = longer;
            }
        }
        return best;
    }

    private Optional<EvictionPolicy> fitting(Protection.Span span) {
        try {
            return Optional.of(pinning(span));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // too many for this budget
        }
    }

    /** Returns this policy with the budget divided otherwise. */
    public EvictionPolicy sharing(LayerShares other) {
        return new EvictionPolicy(budget, scorer, protection, slack, other, guard, window);
    }

    /** Returns this policy with another guard. */
    public EvictionPolicy guarding(BudgetGuard other) {
        return new EvictionPolicy(budget, scorer, protection, slack, shares, other, window);
    }

    /** The signals that attention has to hand over: none where nothing is ever chosen. */
    public Set<Signal> needs() {
        return chooses() ? scorer.needs() : Set.of();
    }

    /** The numbers, 8 bytes each, that are remembered of each token in each head. */
    public int stateOfToken() {
        return chooses() ? scorer.stateOfToken() : 0;
    }

    /** The numbers, 8 bytes each, that are remembered of each head. */
    public int stateOfHead(int headDim) {
        return chooses() ? scorer.stateOfHead(headDim) : 0;
    }
}

package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Rules.require;

/**
 * Which tokens a layer keeps, and when it evicts the others.
 *
 * <p>After each token, a layer that holds more than {@code keep(seen) + slack} tokens is trimmed to {@code keep(seen)}.
 * So the positions at which trims fall, and how many tokens are held at any time, are functions of the policy alone.
 *
 * @param budget how many may stay
 * @param scorer which of them go first
 * @param protection which of them never go
 * @param slack how many tokens over budget a layer may run before it is trimmed
 */
public record EvictionPolicy(BudgetSchedule budget, Scorer scorer, Protection protection, int slack) {

    /** A trim for every 64 tokens: its cost is spread, and at most so many tokens are held beyond the budget. */
    public static final int DEFAULT_SLACK = 64;

    /** The policy with the usual protection and slack. */
    public static EvictionPolicy of(BudgetSchedule budget, Scorer scorer) {
        return new EvictionPolicy(budget, scorer, Protection.DEFAULT, DEFAULT_SLACK);
    }

    public EvictionPolicy {
        require(slack >= 0, "slack must not be negative, was %s", slack);
        int least = budget.least();
        require(
                protection.tokens(least) < least,
                "sinks %s + recent %s + pinned %s must be below %s, the smallest budget of %s",
                protection.sinks(),
                protection.recent(least),
                protection.pinned().length(),
                least,
                budget);
    }

    /** Returns how many tokens a layer is trimmed to once {@code seen} have been appended. */
    public int keep(int seen) {
        return budget.budget(seen);
    }

    /** Returns the most tokens that a layer has held by the time {@code seen} have been appended. */
    public int peak(int seen) {
        return (int) Math.min(seen, keep(seen) + (long) slack + 1);
    }

    /** Whether anything is ever evicted; if not, no scorer needs to see anything. */
    public boolean evicts() {
        return budget.least() < Integer.MAX_VALUE;
    }

    /** Whether a layer of this length must be trimmed now. */
    public boolean trims(int length, int seen) {
        return length > keep(seen) + (long) slack;
    }

    /**
     * Returns how many tokens a layer may append up to and including the one after which it is trimmed, and {@code
     * atMost} when no trim falls among so many. A sequence ends at {@link Integer#MAX_VALUE} tokens.
     */
    public int tokensToTrim(int length, int seen, int atMost) {
        int before = 0; // not trimmed after so many; a budget grows by at most one a token, so the two never swap
        int after = Math.min(atMost, Integer.MAX_VALUE - seen);
        if (!trims(length + after, seen + after)) {
            return after;
        }
        while (after - before > 1) {
            int middle = before + (after - before) / 2;
            if (trims(length + middle, seen + middle)) {
                after = middle;
            } else {
                before = middle;
            }
        }
        return after;
    }

    /** Returns this policy with other positions pinned. */
    public EvictionPolicy pinning(Protection.Span span) {
        return new EvictionPolicy(budget, scorer, protection.pinning(span), slack);
    }
}

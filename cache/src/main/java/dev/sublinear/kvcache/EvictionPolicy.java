package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.ReservedBudget;
import java.util.Optional;

/**
 * Which tokens the layers of a model keep, and when they evict the others.
 *
 * <p>The positions at which trims fall, and how many tokens are held at any time, are functions of the policy alone: see {@link
 * LayerPolicy}, what a policy means for one layer.
 *
 * @param budget how many may stay
 * @param scorer which of them go first
 * @param protection which of them never go
 * @param slack how many tokens over budget a head may run before its layer is trimmed
 * @param guard when a layer may keep more than its budget
 */
public record EvictionPolicy(
        BudgetSchedule budget, Scorer scorer, Protection protection, int slack, BudgetGuard guard) {

    /** A trim for every 64 tokens: its cost is spread, and at most 64 tokens are held beyond the budget. */
    public static final int DEFAULT_SLACK = 64;

    /**
     * What suits heads with budgets of their own, which are scored head by head: a quarter of the trims. On SmolLM2 it diverges less
     * than fewer tokens beyond larger budgets do, in as much memory on average.
     */
    public static final int DEFAULT_SLACK_BY_HEAD = 256;

    /** The policy with the usual protection and slack. */
    public static EvictionPolicy of(BudgetSchedule budget, Scorer scorer) {
        return new EvictionPolicy(budget, scorer, Protection.DEFAULT, DEFAULT_SLACK);
    }

    /** A policy without a guard. */
    public EvictionPolicy(BudgetSchedule budget, Scorer scorer, Protection protection, int slack) {
        this(budget, scorer, protection, slack, BudgetGuard.OFF);
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
        require(
                !guard.isOn() || scorer.needs().contains(Signal.ATTENTION_WEIGHTS),
                "guard.target-loss needs a scorer that reads attention weights, was %s",
                scorer.name());
        require(
                !guard.isOn() || !budget.isByHead(),
                "guard.target-loss needs one budget for all heads, was %s",
                budget);
    }

    /** Where heads have budgets of their own, trims fall after multiples of this many tokens: the slack in whole blocks. */
    public int trimInterval() {
        return KvShape.wholeBlocks(Math.min(Math.max(1, slack), 1 << 20));
    }

    /** Whether anything is ever evicted where a layer attends to all tokens. */
    public boolean evicts() {
        return budget.evicts();
    }

    /** Whether what is evicted depends on what the scorer has seen before, not only on what is held. */
    public boolean remembers(int headDim) {
        return evicts()
                && (!scorer.needs().isEmpty()
                        || scorer.queries() > 0
                        || scorer.stateOfToken() > 0
                        || scorer.stateOfHead(headDim) > 0);
    }

    /** Returns this policy with other positions pinned. */
    public EvictionPolicy pinning(Protection.Span span) {
        return new EvictionPolicy(budget, scorer, protection.pinning(span), slack, guard);
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

    /** Returns this policy with another guard. */
    public EvictionPolicy guarding(BudgetGuard other) {
        return new EvictionPolicy(budget, scorer, protection, slack, other);
    }

    /** Returns the policy under which a sequence holds from its start what it may hold after {@code tokens}. */
    public EvictionPolicy reserving(int tokens) {
        return evicts()
                ? new EvictionPolicy(new ReservedBudget(budget, tokens), scorer, protection, slack, guard)
                : this;
    }
}

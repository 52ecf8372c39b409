package dev.sublinear.kvcache;

import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.HeadBudgets;
import java.util.function.ToDoubleFunction;

/** How many tokens the heads of one layer may keep now: what its policy gives, and what the guard has added to each. */
final class LayerBudget implements HeadBudgets {
    /** What {@link #nextTrim} says where no sequence is long enough for a trim. */
    static final long NEVER = Long.MAX_VALUE;

    private final HeadBudgets usual;
    private final BudgetGuard guard;
    private final int ceiling;
    private int raised;

    /**
     * Opens the budget of a new layer.
     *
     * @param usual what the policy of the layer gives
     * @param ceiling tokens that the guard may raise the budget of a head to
     */
    LayerBudget(HeadBudgets usual, BudgetGuard guard, int ceiling) {
        this.usual = usual;
        this.guard = guard;
        this.ceiling = ceiling;
    }

    /** Returns this budget for a layer with the same past and another reservation. */
    LayerBudget under(int otherCeiling) {
        LayerBudget other = new LayerBudget(usual, guard, otherCeiling);
        other.raised = raised;
        return other;
    }

    /** Returns how many tokens more than its policy gives the guard lets each head keep. */
    int raised() {
        return raised;
    }

    @Override
    public int keep(int head, int seen) {
        int given = usual.keep(head, seen);
        return raised == 0 ? given : Math.max(given, (int) Math.min(ceiling, Math.min(seen, (long) given + raised)));
    }

    @Override
    public int slack() {
        return usual.slack();
    }

    /** Returns the most tokens that any of {@code heads} heads has held by the time {@code seen} have been appended. */
    int longestPeak(int heads, int seen) {
        int longest = 0;
        for (int head = 0; head < heads; head++) {
            longest = Math.max(longest, peak(head, seen));
        }
        return longest;
    }

    /**
     * Returns how many tokens will have been seen when the next trim falls, or {@link #NEVER}.
     *
     * <p>A head holds {@code n - evicted} of n tokens until then, and n less what it may keep of them never falls as n grows:
     * so there is one n from which on it has outgrown its budget. Only a trim changes that n.
     */
    long nextTrim(HeadLengths lengths) {
        long next = NEVER;
        for (int head = 0; head < lengths.heads(); head++) {
            int before = (int) Math.min(next - 1, Integer.MAX_VALUE);
            if (outgrown(head, before - lengths.evicted(head), before)) {
                next = firstOutgrown(head, lengths.evicted(head), before);
            }
        }
        return next;
    }

    /** @param after tokens seen at which the head has outgrown its budget */
    private int firstOutgrown(int head, int evicted, int after) {
        long fits = evicted; // the head would hold nothing
        long outgrown = after;
        for (long step = slack() + 1L; fits + step < outgrown; step *= 2) {
            if (outgrown(head, (int) (fits + step) - evicted, (int) (fits + step))) {
                outgrown = fits + step;
            } else {
                fits += step;
            }
        }
        while (outgrown - fits > 1) {
            long middle = fits + (outgrown - fits) / 2;
            if (outgrown(head, (int) middle - evicted, (int) middle)) {
                outgrown = middle;
            } else {
                fits = middle;
            }
        }
        return (int) outgrown;
    }

    /**
     * Decides a trim that is due: returns how many tokens stay in each head, and remembers how far the guard raised that.
     *
     * @param usual what {@link #usual(HeadLengths)} says
     * @param loss of a layer whose heads keep these numbers of tokens
     */
    int[] decide(HeadLengths lengths, int[] usual, ToDoubleFunction<int[]> loss) {
        int[] keep = usual;
        raised = 0;
        if (guard.isOn()) {
            int most = mostRaised(lengths, keep);
            int stride = Math.max(slack(), longest(keep) / 16) + 1;
            while (raised < most && loss.applyAsDouble(keep) > guard.targetLoss()) {
                raised = (int) Math.min(most, raised + (long) stride);
                keep = kept(this, lengths);
            }
        }
        return keep;
    }

    /** Returns by how many tokens a head may be raised at the most: to what it holds, up to the ceiling. */
    private int mostRaised(HeadLengths lengths, int[] given) {
        int most = 0;
        for (int head = 0; head < given.length; head++) {
            int end = Math.min(lengths.length(head), Math.max(given[head], ceiling));
            most = Math.max(most, end - given[head]);
        }
        return most;
    }

    /** Returns how many tokens stay in each head if the guard raises nothing. */
    int[] usual(HeadLengths lengths) {
        return kept(usual, lengths);
    }

    private static int[] kept(HeadBudgets budgets, HeadLengths lengths) {
        int[] keep = new int[lengths.heads()];
        for (int head = 0; head < keep.length; head++) {
            keep[head] = Math.min(lengths.length(head), budgets.keep(head, lengths.seen()));
        }
        return keep;
    }

    private static int longest(int[] lengths) {
        int longest = 0;
        for (int length : lengths) {
            longest = Math.max(longest, length);
        }
        return longest;
    }
}

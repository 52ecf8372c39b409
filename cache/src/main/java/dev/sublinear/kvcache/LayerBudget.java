package dev.sublinear.kvcache;

import java.util.function.IntToDoubleFunction;

/** How many tokens one layer may keep now: what its policy gives, and what the guard has added. */
final class LayerBudget {
    private final EvictionPolicy policy;
    private final int ceiling;
    private int raised;

    /** @param ceiling tokens that the guard may raise the budget to */
    LayerBudget(EvictionPolicy policy, int ceiling) {
        this.policy = policy;
        this.ceiling = ceiling;
    }

    /** Returns this budget for a layer with the same past and other room. */
    LayerBudget under(int otherCeiling) {
        LayerBudget other = new LayerBudget(policy, otherCeiling);
        other.raised = raised;
        return other;
    }

    int raised() {
        return raised;
    }

    int keep(int seen) {
        int usual = policy.keep(seen);
        return raised == 0 ? usual : Math.max(usual, (int) Math.min(ceiling, Math.min(seen, (long) usual + raised)));
    }

    /** Returns the most tokens that a layer holds before it is trimmed again. */
    int peak(int seen) {
        return (int) Math.min(seen, keep(seen) + (long) policy.slack() + 1);
    }

    boolean trims(int length, int seen) {
        return length > keep(seen) + (long) policy.slack();
    }

    /**
     * Returns how many tokens a layer may append up to and including the one after which it is trimmed, and {@code
     * atMost} when no trim falls among so many. A sequence ends at {@link Integer#MAX_VALUE} tokens.
     */
    int tokensToTrim(int length, int seen, int atMost) {
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

    /**
     * Decides a trim that is due: returns how many tokens stay, and remembers how far that is above the usual.
     *
     * @param loss of keeping so many tokens
     */
    int settle(int length, int seen, IntToDoubleFunction loss) {
        int usual = policy.keep(seen);
        int keep = usual;
        if (policy.guard().isOn()) {
            int most = Math.min(length, Math.max(usual, ceiling));
            int stride = Math.max(policy.slack(), usual / 16) + 1;
            while (keep < most && loss.applyAsDouble(keep) > policy.guard().targetLoss()) {
                keep = (int) Math.min(most, keep + (long) stride);
            }
        }
        raised = keep - usual;
        return keep;
    }
}

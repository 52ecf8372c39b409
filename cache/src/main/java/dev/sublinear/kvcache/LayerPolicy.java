package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.wholeBlocks;

import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadBudgets;
import java.util.Set;

/**
 * What one layer of a model keeps under a policy.
 *
 * <p>Where all heads have the same budget b(n), the layer is trimmed to it after the token with which it holds more than {@code
 * b(n) + slack}. Where heads have budgets of their own, trims fall only after multiples of {@link #interval} tokens seen, and a
 * head is trimmed to whole blocks: {@code ⌈b(n) / 64⌉ · 64} tokens. So all heads enter a new block of rows with the same token
 * however differently they grow, and a prompt is read in whole chunks.
 *
 * @param layer which of the model
 * @param heads key-value heads of the layer
 * @param window how many of the newest tokens the layer attends to, itself included, where it can never attend to others: those
 *     go first, whatever protects them, and the rest as the budget says; 0 where it attends to all
 */
public record LayerPolicy(EvictionPolicy policy, int layer, int heads, int window) implements HeadBudgets {

    public BudgetSchedule budget() {
        return policy.budget();
    }

    public Scorer scorer() {
        return policy.scorer();
    }

    public Protection protection() {
        return policy.protection();
    }

    public BudgetGuard guard() {
        return policy.guard();
    }

    /** Whether heads may hold different numbers of tokens. */
    public boolean isByHead() {
        return budget().isByHead();
    }

    @Override
    public int keep(int head, int seen) {
        if (!isByHead()) {
            return budget(head, seen);
        }
        int since = seen % interval(); // tokens since the last trim may have fallen
        int at = seen - since;
        return at == 0 ? seen : (int) Math.min(seen, wholeBlocks(budget(head, at)) + (long) since);
    }

    private int budget(int head, int seen) {
        return Math.min(budget().forHead(layer, head).budget(seen), most());
    }

    @Override
    public int slack() {
        return isByHead() ? 0 : policy.slack();
    }

    int interval() {
        return policy.trimInterval();
    }

    @Override
    public int peak(int head, int seen) {
        if (!isByHead() || seen == 0) {
            return HeadBudgets.super.peak(head, seen);
        }
        int budget = budget(head, seen);
        return budget > seen - interval() ? seen : (int) Math.min(seen, wholeBlocks(budget) + (long) interval());
    }

    /** Returns the most tokens that are ever worth keeping. */
    int most() {
        return window == 0 ? Integer.MAX_VALUE : window;
    }

    /** Whether the budget ever makes the layer choose; if not, no scorer needs to see anything. */
    public boolean chooses() {
        for (int head = 0; head < (isByHead() ? heads : 1); head++) {
            BudgetSchedule own = budget().forHead(layer, head);
            if (window == 0 ? own.evicts() : own.least() < window) {
                return true;
            }
        }
        return false;
    }

    /** The signals that attention has to hand over: none where nothing is ever chosen. */
    public Set<Signal> needs() {
        return chooses() ? scorer().needs() : Set.of();
    }

    /**
     * Whether the newest tokens can be dropped again without a trace: the scorer sums nothing up of what they attended to. The
     * queries that it keeps leave none at the next trim, which reads those of newer tokens.
     */
    public boolean forgets() {
        return needs().isEmpty();
    }

    /** The numbers, 8 bytes each, that are remembered of each token in each head. */
    public int stateOfToken() {
        return chooses() ? scorer().stateOfToken() : 0;
    }

    /** The numbers, 8 bytes each, that are remembered of each head. */
    public int stateOfHead(int headDim) {
        return chooses() ? scorer().stateOfHead(headDim) : 0;
    }

    /** How many of the newest tokens' queries are kept. */
    public int queries() {
        return chooses() ? scorer().queries() : 0;
    }
}

package dev.sublinear.evaluation.loss;

import dev.sublinear.kvcache.Protection;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The order in which a growing budget takes in the tokens of a head that is trimmed once. What a budget keeps is part of what any
 * larger one keeps: the protected share of the newest tokens grows with the budget, and by no more than the budget.
 */
final class KeepingOrder {
    private final int[] order;
    private final boolean[] taken;
    private int count;

    private KeepingOrder(int tokens) {
        this.order = new int[tokens];
        this.taken = new boolean[tokens];
    }

    /**
     * Orders the tokens of a head.
     *
     * @param scores of the tokens, by position
     * @param budgets ascending, the last one the number of tokens
     * @return positions, of which each budget b keeps the first b
     */
    static int[] of(double[] scores, Protection protection, int[] budgets) {
        int[] best = best(scores);
        KeepingOrder order = new KeepingOrder(scores.length);
        for (int budget : budgets) {
            order.takeProtected(protection, budget);
            order.takeUntil(budget, best);
        }
        return order.order;
    }

    /** Positions by descending score; of equals the younger first, because a trim evicts the older first. */
    private static int[] best(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -scores[token])
                        .thenComparing(Comparator.reverseOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private void takeProtected(Protection protection, int budget) {
        for (int token = 0; token < order.length; token++) {
            if (token < protection.sinks()
                    || token >= order.length - protection.recent(budget)
                    || protection.pinned().contains(token)) {
                take(token);
            }
        }
    }

    private void takeUntil(int budget, int[] best) {
        for (int i = 0; i < best.length && count < budget; i++) {
            take(best[i]);
        }
    }

    private void take(int token) {
        if (!taken[token]) {
            taken[token] = true;
            order[count++] = token;
        }
    }
}

package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.loss.HeadErrors.AtLength;

/**
 * Budgets of equal marginal loss: no head could hand a token to another one and the sum of all errors fall. A price for a token
 * gives them, head by head.
 */
final class EqualPrice {
    private EqualPrice() {}

    /**
     * Returns the tokens with which a head's error and what its tokens cost are least together.
     *
     * @param errors by budget; where a larger budget has the larger error, it counts as that of the smaller one
     * @param budgets ascending
     * @param price of a token, in units of error
     */
    static int tokens(double[] errors, int[] budgets, double price) {
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        double error = Double.POSITIVE_INFINITY;
        for (int i = 0; i < budgets.length; i++) {
            error = Math.min(error, errors[i]);
            double cost = error + price * budgets[i];
            if (cost < least) {
                least = cost;
                best = i;
            }
        }
        return budgets[best];
    }

    /** Returns the tokens of each head, by layer and head. */
    static int[][] tokens(AtLength measured, double price) {
        int[][] tokens = new int[measured.layers()][measured.heads()];
        for (int layer = 0; layer < tokens.length; layer++) {
            for (int head = 0; head < tokens[layer].length; head++) {
                tokens[layer][head] = tokens(measured.errors()[layer][head], measured.budgets(), price);
            }
        }
        return tokens;
    }
}

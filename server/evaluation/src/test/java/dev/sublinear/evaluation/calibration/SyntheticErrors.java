package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.loss.ErrorGrid;
import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.evaluation.loss.HeadErrors.AtLength;
import java.util.ArrayList;
import java.util.List;

/**
 * Errors that fall as {@code weight · n^growth / b} with the tokens b that a head keeps: at price p least together with {@code
 * √(weight / p) · n^(growth / 2)} tokens.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SyntheticErrors(double[][] weights, double[][] growths) {
    static final ErrorGrid GRID = new ErrorGrid(4096, 16);

    HeadErrors measured() {
        List<AtLength> lengths = new ArrayList<>();
        for (int n : GRID.lengths()) {
            int[] budgets = GRID.budgets(n);
            double[][][] errors = new double[weights.length][weights[0].length][budgets.length];
            for (int layer = 0; layer < errors.length; layer++) {
                for (int head = 0; head < errors[layer].length; head++) {
                    double scale = weights[layer][head] * Math.pow(n, growths[layer][head]);
                    for (int i = 0; i < budgets.length; i++) {
                        errors[layer][head][i] = scale / budgets[i] - scale / n;
                    }
                }
            }
            lengths.add(new AtLength(n, budgets, errors));
        }
        return new HeadErrors(lengths);
    }
}

package dev.sublinear.model.decoder;

/** What golden tests ask of a row of logits. */
final class LogitRow {
    private LogitRow() {}

    static double greatestMagnitude(float[] row) {
        double greatest = 0;
        for (float value : row) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        return greatest;
    }

    static double logSumExp(float[] row) {
        double max = greatestMagnitude(row);
        double sum = 0;
        for (float value : row) {
            sum += Math.exp(value - max);
        }
        return max + Math.log(sum);
    }

    static int argmax(float[] row) {
        int best = 0;
        for (int id = 1; id < row.length; id++) {
            if (row[id] > row[best]) {
                best = id;
            }
        }
        return best;
    }
}

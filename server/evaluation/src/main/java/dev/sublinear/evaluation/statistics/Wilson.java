package dev.sublinear.evaluation.statistics;

/**
 * Intervals of a share of trials, which stay within 0 and 1 and do not vanish where all trials went the same way: Wilson's score
 * interval, 1927.
 */
public final class Wilson {
    private static final double Z = 1.959964; // 97.5 % of the normal distribution lie below

    private Wilson() {}

    /**
     * Returns the share with its 95 % interval; of no trials, what is not a number.
     *
     * @param right trials that went well
     * @param trials of all
     */
    public static Interval of(double right, int trials) {
        if (trials == 0) {
            return new Interval(Double.NaN, Double.NaN, Double.NaN);
        }
        double share = right / trials;
        double scale = 1 + Z * Z / trials;
        double middle = (share + Z * Z / (2 * trials)) / scale;
        double half = Z / scale * Math.sqrt(share * (1 - share) / trials + Z * Z / (4.0 * trials * trials));
        return new Interval(share, Math.max(0, middle - half), Math.min(1, middle + half));
    }
}

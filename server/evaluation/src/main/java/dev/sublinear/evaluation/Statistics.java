package dev.sublinear.evaluation;

/** Means and quantiles. */
final class Statistics {
    private Statistics() {}

    /** The quantile of ascending numbers, on the line between the two nearest. */
    static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        java.util.Arrays.sort(sorted);
        return quantile(sorted, 0.5);
    }
}

package dev.sublinear.evaluation.statistics;

import java.util.Locale;

/** An estimate with its 95 % interval, see {@link Bootstrap} and {@link Wilson}. */
public record Interval(double mean, double low, double high) {

    /** Returns the estimate and its bounds, as {@code 0.12 [0.10, 0.15]}. */
    public String text(int decimals) {
        return text("%." + decimals + "f");
    }

    /** Returns the same, each number with its sign. */
    public String signed(int decimals) {
        return text("%+." + decimals + "f");
    }

    private String text(String number) {
        return String.format(Locale.ROOT, number + " [" + number + ", " + number + "]", mean, low, high);
    }
}

package dev.sublinear.evaluation;

import java.util.Locale;

/** An estimate and the middle 95 % of what it might have been, see {@link Bootstrap}. */
public record Interval(double mean, double low, double high) {

    /** The estimate and its ends with so many decimals. */
    public String text(int decimals) {
        return text("%." + decimals + "f");
    }

    /** The same, each with its sign. */
    String signed(int decimals) {
        return text("%+." + decimals + "f");
    }

    private String text(String number) {
        return String.format(Locale.ROOT, number + " [" + number + ", " + number + "]", mean, low, high);
    }
}

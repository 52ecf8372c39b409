package dev.sublinear.server.evaluation;

import java.util.Locale;

/** An estimate and the middle 95 % of what it might have been, see {@link Bootstrap}. */
public record Interval(double mean, double low, double high) {

    /** The estimate and its ends with so many decimals, each with its sign. */
    String signed(int decimals) {
        String number = "%+." + decimals + "f";
        return String.format(Locale.ROOT, number + " [" + number + ", " + number + "]", mean, low, high);
    }
}

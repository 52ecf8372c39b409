package dev.sublinear.evaluation.calibration;

import java.util.Arrays;
import java.util.Locale;

/** Which numbers of α·n^C are a head's own. */
public enum LawForm {
    /** Each head has its own share α; all have one exponent. */
    SHARES,
    /** Each head has its own α and its own exponent. */
    EXPONENTS;

    /**
     * Reads {@code shares} or {@code exponents}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static LawForm parse(String text) {
        return Arrays.stream(values())
                .filter(form -> form.text().equals(text))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("own must be shares or exponents, was \"" + text + "\""));
    }

    /** Returns the name as the command line and profiles write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}

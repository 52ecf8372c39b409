package dev.sublinear.evaluation.calibration;

import java.util.Locale;

/** Which numbers of α·n^C are a head's own. */
public enum LawForm {
    /** Each head has its own share α; all have one exponent. */
    SHARES,
    /** Each head has its own α and its own exponent. */
    EXPONENTS;

    /** Returns the name as configuration writes it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}

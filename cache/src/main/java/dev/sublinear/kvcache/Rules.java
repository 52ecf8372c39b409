package dev.sublinear.kvcache;

import java.math.BigDecimal;

/** Checks at the edge: what is wrong, the rule and the value, in one line. */
final class Rules {
    private Rules() {}

    static void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(java.util.Locale.ROOT, rule, values));
        }
    }

    /** A number as one would type it: 32, not 32.0. */
    static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}

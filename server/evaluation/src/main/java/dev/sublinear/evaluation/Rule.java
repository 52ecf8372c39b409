package dev.sublinear.evaluation;

import java.util.List;

/** The kinds of budget, in words and in an order that gives each its colour. */
final class Rule {
    private static final List<String> ORDER =
            List.of("fixed", "fraction", "logarithmic", "n^0.5", "n^0.75", "unlimited");

    private Rule() {}

    /** Returns {@code fixed}, {@code fraction}, {@code logarithmic}, {@code n^0.5} or their like. */
    static String of(Setting setting) {
        return of(setting.budget());
    }

    static String of(String budget) {
        return budget.startsWith("power-law")
                ? "n^" + budget.replaceAll(".*exponent=([0-9.]+).*", "$1")
                : budget.replaceAll(":.*", "");
    }

    static int colour(String rule) {
        int place = ORDER.indexOf(rule);
        return place < 0 ? ORDER.size() : place;
    }
}

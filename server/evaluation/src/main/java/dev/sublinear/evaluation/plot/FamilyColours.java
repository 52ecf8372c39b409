package dev.sublinear.evaluation.plot;

import java.util.List;

/** Gives each family of budgets the same colour of the palette in all plots. */
final class FamilyColours {
    private static final List<String> FAMILIES = List.of(
            "fixed",
            "fraction",
            "logarithmic",
            "n^0.5",
            "n^0.75",
            "head-laws",
            "shares n^0.5",
            "two classes",
            "unlimited");

    private FamilyColours() {}

    /** Returns a place in the palette; all other families share the one after those. */
    static int of(String family) {
        int place = FAMILIES.indexOf(family);
        return place < 0 ? FAMILIES.size() : place;
    }
}

package dev.sublinear.evaluation.setting;

/** The kind of a budget, without its parameters, as tables and plots name it. */
public final class BudgetFamily {
    private BudgetFamily() {}

    /** Returns {@code fixed}, {@code fraction}, {@code logarithmic}, {@code unlimited}, a name of laws by head or, of power laws, {@code n^0.5}. */
    public static String of(Setting setting) {
        return of(setting.title());
    }

    /** Returns the family of a budget in the words of configuration. */
    public static String of(String budget) {
        return budget.startsWith("power-law")
                ? "n^" + budget.replaceAll(".*exponent=([0-9.]+).*", "$1")
                : budget.replaceAll(":.*", "");
    }

    /** Returns how the budget grows with n: {@code constant}, {@code log n} or {@code n^0.5}. */
    public static String growth(Setting setting) {
        String budget = setting.budget();
        if (budget.startsWith("fixed")) {
            return "constant";
        }
        return budget.startsWith("log") ? "log n" : of(budget);
    }

    /** Whether heads have budgets of their own. */
    public static boolean isByHead(Setting setting) {
        return !setting.laws().isEmpty();
    }

    public static boolean isPowerLaw(Setting setting) {
        return of(setting).startsWith("n^");
    }

    /** Whether it is a power law, or power laws by head. */
    public static boolean grows(Setting setting) {
        return isByHead(setting) || isPowerLaw(setting);
    }

    public static boolean isFixed(Setting setting) {
        return of(setting).equals("fixed");
    }
}

package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import java.util.Optional;

/**
 * How many tokens a layer may keep after a number of them has been seen.
 *
 * <p>{@link #parse} and {@code toString} speak the same language, for example {@code power-law:alpha=32,exponent=0.5}.
 */
public sealed interface BudgetSchedule
        permits BudgetSchedule.Unlimited,
                BudgetSchedule.Fixed,
                BudgetSchedule.Fraction,
                BudgetSchedule.Logarithmic,
                BudgetSchedule.PowerLaw,
                HeadLaws,
                ReservedBudget {

    /** The floor of a growing schedule that names none. */
    int DEFAULT_FLOOR = 64;

    /**
     * Returns the budget in tokens, between 1 and {@code seen}, which must be positive. As seen grows by one, the budget
     * stays or grows by one.
     */
    int budget(int seen);

    /**
     * Returns the smallest budget below the number of tokens seen: the tightest that this schedule ever gets.
     * {@link Integer#MAX_VALUE} for one that never evicts.
     */
    default int least() {
        if (!evicts()) {
            return Integer.MAX_VALUE;
        }
        int exact = 1; // budget(exact) == exact: nothing is evicted yet
        int binding = Integer.MAX_VALUE;
        while (binding - exact > 1) {
            int middle = exact + (binding - exact) / 2;
            if (budget(middle) < middle) {
                binding = middle;
            } else {
                exact = middle;
            }
        }
        return budget(binding);
    }

    /** Whether anything is ever evicted. */
    default boolean evicts() {
        return budget(Integer.MAX_VALUE) < Integer.MAX_VALUE;
    }

    /** Returns the budget of one key-value head. Where all have the same, as in most schedules, that is this one. */
    default BudgetSchedule forHead(int layer, int head) {
        return this;
    }

    /**
     * Checks it against the sizes of a model.
     *
     * @param kvHeads key-value heads of a layer
     * @throws IllegalArgumentException if it has budgets for the heads of another model
     */
    default void requireFits(int layers, int kvHeads) {}

    /** Whether heads have budgets of their own. What {@link #budget} gives is then the mean of all heads. */
    default boolean isByHead() {
        return false;
    }

    /**
     * Reads {@code unlimited}, {@code fixed:1024}, {@code fraction:0.25}, {@code logarithmic:scale=64} or {@code
     * power-law:alpha=32,exponent=0.5}; the last three also take {@code floor=}.
     *
     * @throws IllegalArgumentException naming the part that is wrong, the rule and the value
     */
    static BudgetSchedule parse(String text) {
        return BudgetSyntax.parse(text, Optional.empty());
    }

    /**
     * Reads what {@link #parse(String)} reads, and {@code head-laws} or {@code head-laws:scale=0.5}.
     *
     * @param laws of the model's profile
     */
    static BudgetSchedule parse(String text, Optional<HeadLaws> laws) {
        return BudgetSyntax.parse(text, laws);
    }

    /** Keeps everything: the reference that every other schedule is compared with. */
    record Unlimited() implements BudgetSchedule {
        @Override
        public int budget(int seen) {
            return seen;
        }

        @Override
        public String toString() {
            return "unlimited";
        }
    }

    /** Keeps at most {@code tokens}. */
    record Fixed(int tokens) implements BudgetSchedule {
        public Fixed {
            require(tokens >= 1, "budget.tokens must be at least 1, was %s", tokens);
        }

        @Override
        public int budget(int seen) {
            return Math.min(seen, tokens);
        }

        @Override
        public String toString() {
            return "fixed:" + tokens;
        }
    }

    /** Keeps the share {@code of} the tokens seen, and at least {@code floor}. */
    record Fraction(double of, int floor) implements BudgetSchedule {
        public Fraction {
            require(of > 0 && of <= 1, "budget.of must be in (0, 1], was %s", of);
            require(floor >= 1, "budget.floor must be at least 1, was %s", floor);
        }

        @Override
        public int budget(int seen) {
            return clamp(of * seen, floor, seen);
        }

        @Override
        public String toString() {
            return "fraction:" + BudgetSyntax.plain(of) + floorSuffix(floor);
        }
    }

    /** Keeps {@code scale * ln(seen)} tokens, and at least {@code floor}: too few, as the paper argues. */
    record Logarithmic(double scale, int floor) implements BudgetSchedule {
        public Logarithmic {
            require(scale > 0 && scale < Integer.MAX_VALUE, "budget.scale must be positive and finite, was %s", scale);
            require(floor >= 1, "budget.floor must be at least 1, was %s", floor);
        }

        @Override
        public int budget(int seen) {
            return clamp(scale * StrictMath.log(seen), floor, seen);
        }

        @Override
        public String toString() {
            return "logarithmic:scale=" + BudgetSyntax.plain(scale) + floorSuffix(floor);
        }
    }

    /**
     * Keeps {@code alpha * seen^exponent} tokens, and at least {@code floor}: a cache that grows sublinearly.
     *
     * <p>The claim that this suffices: <a href="https://arxiv.org/abs/2404.02690">How Sparse Attention Approximates
     * Exact Attention? Your Attention is Naturally n^C-Sparse</a>, 2024. It gives no alpha or exponent for a model;
     * they have to be measured.
     */
    record PowerLaw(double alpha, double exponent, int floor) implements BudgetSchedule {

        /** Exact up to 1,024 tokens, then 32·√n. */
        public static final PowerLaw DEFAULT = new PowerLaw(32, 0.5, DEFAULT_FLOOR);

        public PowerLaw {
            require(alpha > 0 && alpha < Integer.MAX_VALUE, "budget.alpha must be positive and finite, was %s", alpha);
            // Nearer to 1, rounding lets the budget grow by two tokens at once where sequences reach billions.
            require(
                    (exponent > 0 && exponent <= 0.99999) || exponent == 1,
                    "budget.exponent must be in (0, 0.99999] or 1, was %s",
                    exponent);
            require(floor >= 1, "budget.floor must be at least 1, was %s", floor);
        }

        @Override
        public int budget(int seen) {
            return clamp(alpha * StrictMath.pow(seen, exponent), floor, seen);
        }

        /** Returns the law that gives this share of what this one gives, the floor aside. */
        public PowerLaw scaled(double share) {
            return new PowerLaw(inRange(alpha * share), exponent, floor);
        }

        @Override
        public String toString() {
            return "power-law:alpha=" + BudgetSyntax.plain(alpha) + ",exponent=" + BudgetSyntax.plain(exponent)
                    + floorSuffix(floor);
        }
    }

    /*
     * Floating point must not shift a budget: 0.07 of 100 tokens are 7, though 0.07 * 100 > 7. So what is above a whole
     * number by no more than the error of a double below 2^31 is that number. The subtraction is exact, hence the
     * budget still grows by at most one. StrictMath, because the compiled and the interpreted Math.pow may differ in the
     * last bit, and what is evicted must not depend on when a method is compiled.
     */
    private static int clamp(double tokens, int floor, int seen) {
        return (int) Math.min(seen, Math.max(floor, Math.ceil(tokens - 0x1p-20)));
    }

    /** A product that has left the range of parameters, back at its end. */
    private static double inRange(double product) {
        return Math.max(Double.MIN_VALUE, Math.min(Integer.MAX_VALUE - 1, product));
    }

    private static String floorSuffix(int floor) {
        return floor == DEFAULT_FLOOR ? "" : ",floor=" + floor;
    }
}

package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fraction;
import dev.sublinear.kvcache.budget.BudgetSchedule.Logarithmic;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A share of the tokens that a budget is to hold once a number of them has been seen: so budgets of different growth are compared
 * at equal bytes there. Heads with budgets of their own hold whole blocks.
 *
 * @param share from 0 to 1
 * @param tokens seen
 */
public record HeldShare(double share, int tokens) {
    private static final Pattern FORM = Pattern.compile("(\\d{0,3}(?:\\.\\d{1,9})?)@(\\d{1,8})");

    public HeldShare {
        if (!(share > 0 && share < 1) || tokens < 1) {
            throw new IllegalArgumentException(
                    "held must be a share between 0 and 1 of at least one token, was " + share + "@" + tokens);
        }
    }

    /**
     * Reads {@code 0.35@2048}.
     *
     * @throws IllegalArgumentException saying what it looks like
     */
    public static HeldShare parse(String text) {
        Matcher matcher = FORM.matcher(text.trim());
        if (!matcher.matches() || matcher.group(1).isEmpty()) {
            throw new IllegalArgumentException(
                    "held must be a share and a length such as 0.35@2048, was \"" + text + "\"");
        }
        return new HeldShare(Double.parseDouble(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /**
     * Returns the schedule that grows as this one and comes nearest to the share from below.
     *
     * @throws IllegalArgumentException if it has no scale, or its floor alone is more
     */
    public BudgetSchedule of(BudgetSchedule like) {
        DoubleFunction<BudgetSchedule> family = family(like);
        double low = 1e-6;
        double high = tokens;
        for (int i = 0; i < 80; i++) {
            double middle = Math.sqrt(low * high);
            if (held(family.apply(middle)) <= share * tokens) {
                low = middle;
            } else {
                high = middle;
            }
        }
        BudgetSchedule found = family.apply(rounded(low));
        if (held(found) > share * tokens) {
            throw new IllegalArgumentException(
                    "held must leave room for the floor of " + like + " after " + tokens + " tokens, was " + share);
        }
        return found;
    }

    private double held(BudgetSchedule budget) {
        return budget instanceof HeadLaws laws ? laws.held(tokens, KvShape.BLOCK) : budget.budget(tokens);
    }

    private static DoubleFunction<BudgetSchedule> family(BudgetSchedule like) {
        if (like instanceof PowerLaw law) {
            return alpha -> new PowerLaw(alpha, law.exponent(), law.floor());
        }
        if (like instanceof HeadLaws laws) {
            return laws::at;
        }
        if (like instanceof Logarithmic log) {
            return scale -> new Logarithmic(scale, log.floor());
        }
        if (like instanceof Fraction fraction) {
            return of -> new Fraction(Math.min(1, of), fraction.floor());
        }
        if (like instanceof Fixed) {
            return tokens -> new Fixed(Math.max(1, (int) tokens));
        }
        throw new IllegalArgumentException("held needs a budget that has a scale, was " + like);
    }

    /** Returns the number rounded down to four significant digits, as a budget is written. */
    private static double rounded(double value) {
        double unit = Math.pow(10, Math.floor(Math.log10(value)) - 3);
        return Double.parseDouble(String.format(Locale.ROOT, "%.4g", Math.floor(value / unit) * unit));
    }
}

package dev.sublinear.kvcache.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.budget.BudgetSchedule.Fraction;
import dev.sublinear.kvcache.budget.BudgetSchedule.Logarithmic;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class BudgetScheduleTest {

    @ParameterizedTest
    @MethodSource("dev.sublinear.kvcache.budget.Budgets#all")
    void budget_oneTokenMore_staysOrGrowsByOneWithinBounds(BudgetSchedule budget) {
        assertGrowsByAtMostOne(budget, 1, 20_000);
        for (int power = 15; power <= 31; power++) {
            assertGrowsByAtMostOne(budget, (1L << power) - 2_000, (1L << power) + 2_000);
        }
    }

    @Test
    void budget_randomScheduleAndPlace_staysOrGrowsByOneWithinBounds() {
        for (long seed : Seed.each(1_000)) {
            Random random = new Random(seed);
            // Nearly linear ones are the hard case: they grow by almost one token a token.
            double alpha = Math.exp(3 * random.nextGaussian());
            double exponent = random.nextBoolean() ? 0.99999 : 0.99999 * (1 - random.nextDouble());
            long from = 1 + (long) (random.nextDouble() * (Integer.MAX_VALUE - 1_000L));
            assertGrowsByAtMostOne(new PowerLaw(alpha, exponent, 1), from, from + 500);
            assertGrowsByAtMostOne(new Fraction(1 - random.nextDouble() * 1e-6, 1), from, from + 500);
        }
    }

    private static void assertGrowsByAtMostOne(BudgetSchedule budget, long from, long to) {
        int previous = budget.budget((int) from);
        for (long seen = from; seen <= Math.min(to, Integer.MAX_VALUE); seen++) {
            int tokens = budget.budget((int) seen);
            boolean holds =
                    tokens >= 1 && tokens <= seen && tokens >= previous && tokens - previous <= (seen == from ? 0 : 1);
            if (!holds) {
                assertThat(tokens)
                        .as("%s after %s tokens, %s before", budget, seen, previous)
                        .isEqualTo(previous);
            }
            previous = tokens;
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sublinear.kvcache.budget.Budgets#all")
    void least_anySchedule_isTheFirstBudgetBelowSeen(BudgetSchedule budget) {
        assertLeastAgreesWithScan(budget);
    }

    @Test
    void least_randomSchedules_isTheFirstBudgetBelowSeen() {
        for (long seed : Seed.each(2_000)) {
            assertLeastAgreesWithScan(Budgets.random(new Random(seed)));
        }
    }

    private static void assertLeastAgreesWithScan(BudgetSchedule budget) {
        int limit = 100_000;
        int seen = 1;
        while (seen < limit && budget.budget(seen) == seen) {
            seen++;
        }
        if (seen < limit) {
            assertThat(budget.least()).as("%s", budget).isEqualTo(budget.budget(seen));
        } else {
            assertThat(budget.least()).as("%s", budget).isGreaterThanOrEqualTo(limit - 1);
        }
    }

    @Test
    void least_neverEvicting_isTheLargestNumber() {
        assertThat(new Unlimited().least()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void budget_default_isExactUpTo1024ThenTheRoot() {
        for (int seen = 1; seen <= 1_024; seen++) {
            assertThat(PowerLaw.DEFAULT.budget(seen)).isEqualTo(seen);
        }
        assertThat(PowerLaw.DEFAULT.budget(1_025)).isEqualTo(1_025);
        assertThat(PowerLaw.DEFAULT.budget(1_026)).isEqualTo(1_025);
        assertThat(PowerLaw.DEFAULT.budget(4_096)).isEqualTo(2_048);
        for (int root = 33; root <= 46_340; root++) {
            assertThat(PowerLaw.DEFAULT.budget(root * root)).isEqualTo(32 * root);
        }
    }

    @Test
    void budget_valueWholeButForRounding_isThatNumber() {
        assertThat(new Fraction(0.07, 1).budget(100)).isEqualTo(7); // 0.07 * 100 == 7.000000000000001
        assertThat(new PowerLaw(10, 0.2, 1).budget(243)).isEqualTo(30);
        assertThat(new PowerLaw(100, 0.1, 1).budget(1_024)).isEqualTo(200);
        assertThat(new Logarithmic(1 / Math.log(3), 1).budget(3 * 3 * 3 * 3 * 3))
                .isEqualTo(5);
    }

    @ParameterizedTest
    @MethodSource("dev.sublinear.kvcache.budget.Budgets#all")
    void parse_written_givesTheSameSchedule(BudgetSchedule budget) {
        assertThat(BudgetSchedule.parse(budget.toString())).isEqualTo(budget);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            unlimited                                 | unlimited
            fixed:1024                                | fixed:1024
            fixed:tokens=1024                         | fixed:1024
            fraction:0.25                             | fraction:0.25
            fraction:of=0.25,floor=64                 | fraction:0.25
            fraction:.5 , floor = 3                   | fraction:0.5,floor=3
            logarithmic:scale=64                      | logarithmic:scale=64
            logarithmic:6.4e1                         | logarithmic:scale=64
            power-law:alpha=32,exponent=0.5           | power-law:alpha=32,exponent=0.5
            power-law:32,exponent=0.50,floor=64       | power-law:alpha=32,exponent=0.5
            power-law:floor=1,exponent=1,alpha=0.1    | power-law:alpha=0.1,exponent=1,floor=1
            """)
    void parse_anySpelling_writesTheShortOne(String text, String written) {
        assertThat(BudgetSchedule.parse(text)).hasToString(written);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            fixed:0                                  | budget.tokens must be at least 1, was 0
            fixed:-3                                 | budget.tokens must be at least 1, was -3
            fixed:12.5                               | budget.tokens must be a whole number, was "12.5"
            fixed:2147483648                         | budget.tokens must be a whole number, was "2147483648"
            fixed                                    | budget.tokens is missing in "fixed"
            fixed:tokens=                            | budget.tokens must be a whole number, was ""
            fixed:1,floor=2                          | budget fixed does not take floor, was "fixed:1,floor=2"
            fraction:0                               | budget.of must be in (0, 1], was 0.0
            fraction:1.5                             | budget.of must be in (0, 1], was 1.5
            fraction:NaN                             | budget.of must be in (0, 1], was NaN
            fraction:half                            | budget.of must be a number, was "half"
            fraction:0.5,floor=0                     | budget.floor must be at least 1, was 0
            logarithmic:0                            | budget.scale must be positive and finite, was 0.0
            logarithmic:Infinity                     | budget.scale must be positive and finite, was Infinity
            logarithmic:NaN                          | budget.scale must be positive and finite, was NaN
            logarithmic:1,floor=-1                   | budget.floor must be at least 1, was -1
            power-law:alpha=-1,exponent=0.5          | budget.alpha must be positive and finite, was -1.0
            power-law:alpha=1e300,exponent=0.5       | budget.alpha must be positive and finite, was 1.0E300
            power-law:alpha=1,exponent=0             | budget.exponent must be in (0, 0.99999] or 1, was 0.0
            power-law:alpha=1,exponent=1.01          | budget.exponent must be in (0, 0.99999] or 1, was 1.01
            power-law:alpha=1,exponent=0.9999999     | budget.exponent must be in (0, 0.99999] or 1, was 0.9999999
            power-law:alpha=1,exponent=NaN           | budget.exponent must be in (0, 0.99999] or 1, was NaN
            power-law:alpha=1,exponent=0.5,floor=0   | budget.floor must be at least 1, was 0
            power-law:alpha=1                        | budget.exponent is missing in "power-law:alpha=1"
            power-law:alpha=1,alpha=2                | budget.alpha must be given once, was "power-law:alpha=1,alpha=2"
            power-law:1,0.5                          | budget parameters are key=value, separated by commas, was "power-law:1,0.5"
            power-law:1, =2                          | budget parameters are key=value, separated by commas, was "power-law:1, =2"
            unlimited:7                              | budget parameters are key=value, separated by commas, was "unlimited:7"
            unlimited:to=7                           | budget unlimited does not take to, was "unlimited:to=7"
            """)
    void parse_badParameter_namesKeyRuleAndValue(String text, String message) {
        assertThatThrownBy(() -> BudgetSchedule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"h2o:3", "''", "Fixed:3", ":3"})
    void parse_unknownName_listsTheKnownOnes(String text) {
        assertThatThrownBy(() -> BudgetSchedule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("budget must be one of unlimited, fixed:1024, ")
                .hasMessageEndingWith("was \"" + text + "\"");
    }
}

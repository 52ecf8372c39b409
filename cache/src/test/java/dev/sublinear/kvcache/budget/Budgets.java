package dev.sublinear.kvcache.budget;

import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fraction;
import dev.sublinear.kvcache.budget.BudgetSchedule.Logarithmic;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Schedules for tests: the usual ones, the extremes of each parameter, and random ones. */
public final class Budgets {
    private Budgets() {}

    public static Stream<BudgetSchedule> all() {
        return Stream.of(
                        List.of(new Unlimited(), new Fixed(1), new Fixed(1000), new Fixed(Integer.MAX_VALUE)),
                        List.of(
                                new Fraction(0.25, 64),
                                new Fraction(0.07, 1),
                                new Fraction(1 / 3.0, 5),
                                new Fraction(Double.MIN_VALUE, 1),
                                new Fraction(1 - 1e-9, 1),
                                new Fraction(Math.nextDown(1.0), 1),
                                new Fraction(1, 1)),
                        List.of(
                                new Logarithmic(64, 64),
                                new Logarithmic(0.3, 1),
                                new Logarithmic(1 / Math.log(2), 1),
                                new Logarithmic(1 + 1e-12, 1),
                                new Logarithmic(1e8, 1)),
                        List.of(
                                PowerLaw.DEFAULT,
                                new PowerLaw(8, 0.5, 1),
                                new PowerLaw(4, 0.6, 64),
                                new PowerLaw(2, 0.75, 100),
                                new PowerLaw(1, 0.85, 1),
                                new PowerLaw(1, 0.99999, 1),
                                new PowerLaw(3, 0.99999, 1),
                                new PowerLaw(1 - 1e-9, 1, 1),
                                new PowerLaw(0.1, 1, 1),
                                new PowerLaw(7, 1, 1),
                                new PowerLaw(1e-9, 0.5, 1),
                                new PowerLaw(2e9, 1e-9, 1),
                                new PowerLaw(1e6, 1e-9, 1)))
                .flatMap(List::stream);
    }

    /** A schedule that binds within a few hundred tokens. */
    public static BudgetSchedule random(Random random) {
        int floor = 1 + random.nextInt(40);
        return switch (random.nextInt(5)) {
            case 0 -> new Unlimited();
            case 1 -> new Fixed(1 + random.nextInt(100));
            case 2 -> new Fraction(1 - random.nextDouble(), floor);
            case 3 -> new Logarithmic(20 * (1 - random.nextDouble()), floor);
            default -> new PowerLaw(10 * (1 - random.nextDouble()), 0.99999 * (1 - random.nextDouble()), floor);
        };
    }
}

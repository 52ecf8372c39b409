package dev.sublinear.kvcache.budget;

import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Laws of heads for tests. */
public final class Laws {
    private Laws() {}

    /** Two layers of three heads: in 600 tokens they come to keep from 64 to all of them. */
    public static HeadLaws some(double scale) {
        return HeadLaws.of(List.of(
                        List.of(new PowerLaw(8, 0.5, 40), new PowerLaw(0.01, 0.5, 40), new PowerLaw(0.5, 0.9, 50)),
                        List.of(new PowerLaw(2, 1, 40), new PowerLaw(5, 0.5, 40), new PowerLaw(3, 0.3, 80))))
                .at(scale);
    }

    /** Laws that bind within a few hundred tokens, or never; of heads that are whole at some scales, too. */
    public static HeadLaws random(Random random, int layers, int heads, int leastFloor) {
        return new HeadLaws(
                Stream.generate(() -> Stream.generate(() -> new HeadLaw(random(random, leastFloor), wholeFrom(random)))
                                .limit(heads)
                                .toList())
                        .limit(layers)
                        .toList(),
                0.5 + random.nextDouble());
    }

    private static double wholeFrom(Random random) {
        return random.nextInt(4) == 0 ? 1 - random.nextDouble() : Double.POSITIVE_INFINITY;
    }

    private static PowerLaw random(Random random, int leastFloor) {
        int floor = leastFloor + random.nextInt(60);
        return switch (random.nextInt(6)) {
            case 0 -> new PowerLaw(random.nextDouble() + 1e-9, 1, floor); // nearly as many as are seen
            case 1 -> new PowerLaw(1, 0.99999, floor);
            case 2 -> new PowerLaw(3, 1, floor);
            default -> new PowerLaw(12 * (1 - random.nextDouble()), 0.99999 * (1 - random.nextDouble()), floor);
        };
    }
}

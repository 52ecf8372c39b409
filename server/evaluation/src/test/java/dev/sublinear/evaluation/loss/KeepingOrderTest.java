package dev.sublinear.evaluation.loss;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.Protection;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class KeepingOrderTest {
    private static final int TOKENS = 200;

    @Test
    void of_everyBudget_keepsWhatATrimToItWould() {
        Random random = new Random(Seed.or(5));
        for (int trial = 0; trial < 50; trial++) {
            double[] scores = random.ints(TOKENS, 0, 20).asDoubleStream().toArray(); // with many equal ones
            Protection protection = new Protection(
                    random.nextInt(6), random.nextInt(20), 0.9 * random.nextDouble(), new Protection.Span(30, 33));
            int least = protection.tokens(30) + 1;
            int[] budgets = IntStream.iterate(least, b -> b < TOKENS, b -> b + 1 + random.nextInt(30))
                    .filter(b -> protection.tokens(b) < b)
                    .toArray();
            budgets = IntStream.concat(IntStream.of(budgets), IntStream.of(TOKENS))
                    .toArray();

            int[] order = KeepingOrder.of(scores, protection, budgets);

            for (int budget : budgets) {
                assertThat(Arrays.copyOf(order, budget))
                        .as("%s tokens under %s", budget, protection)
                        .containsExactlyInAnyOrder(kept(scores, protection, budget));
            }
        }
    }

    /** The slow obvious twin: evicts one token after another. */
    private static int[] kept(double[] scores, Protection protection, int budget) {
        List<Integer> unprotected = new ArrayList<>();
        List<Integer> kept = new ArrayList<>();
        for (int token = 0; token < TOKENS; token++) {
            boolean isProtected = token < protection.sinks()
                    || token >= TOKENS - protection.recent(budget)
                    || protection.pinned().contains(token);
            (isProtected ? kept : unprotected).add(token);
        }
        while (kept.size() + unprotected.size() > budget) {
            Integer worst = unprotected.stream()
                    .min(Comparator.comparingDouble((Integer token) -> scores[token])
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            unprotected.remove(worst);
        }
        kept.addAll(unprotected);
        return kept.stream().mapToInt(Integer::intValue).toArray();
    }
}

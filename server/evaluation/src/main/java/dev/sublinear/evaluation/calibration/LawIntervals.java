package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.evaluation.statistics.Quantiles;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How far the laws of heads depend on which documents they were fitted on: 95 % intervals by drawing documents with replacement
 * (the percentile bootstrap) and fitting again at the same price.
 *
 * @param alphas bounds [low, high] by layer and head
 * @param exponents bounds [low, high] by layer and head
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LawIntervals(double[][][] alphas, double[][][] exponents) {
    private static final int DRAWS = 200;
    private static final long SEED = 20_260_101;

    /** Draws documents and fits as {@code fit} does to all of them. */
    static LawIntervals of(List<HeadErrors> documents, LawFit fit, double price) {
        Random random = new Random(SEED);
        List<HeadLaws> draws = IntStream.range(0, DRAWS)
                .mapToObj(draw -> random.ints(documents.size(), 0, documents.size())
                        .mapToObj(documents::get)
                        .toList())
                .map(drawn -> new LawFit(HeadErrors.mean(drawn), fit.form(), fit.floor(), fit.whole()).at(price))
                .toList();
        return new LawIntervals(bounds(draws, PowerLaw::alpha), bounds(draws, PowerLaw::exponent));
    }

    private static double[][][] bounds(List<HeadLaws> draws, ToDoubleFunction<PowerLaw> number) {
        List<List<HeadLaw>> first = draws.get(0).layers();
        double[][][] bounds = new double[first.size()][first.get(0).size()][];
        for (int layer = 0; layer < bounds.length; layer++) {
            for (int head = 0; head < bounds[layer].length; head++) {
                double[] numbers = new double[draws.size()];
                for (int draw = 0; draw < numbers.length; draw++) {
                    numbers[draw] = number.applyAsDouble(
                            draws.get(draw).layers().get(layer).get(head).law());
                }
                Arrays.sort(numbers);
                bounds[layer][head] =
                        new double[] {Quantiles.quantile(numbers, 0.025), Quantiles.quantile(numbers, 0.975)};
            }
        }
        return bounds;
    }
}

package dev.sublinear.evaluation;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Intervals by drawing documents again and again, with replacement: Efron's percentile bootstrap, 1979. A difference of two
 * settings is paired, because both have read the same documents.
 */
final class Bootstrap {
    static final long SEED = 20_260_101;
    private static final int DRAWS = 2000;

    private Bootstrap() {}

    /** The mean of numbers, one for each document. */
    static Interval mean(double[] documents) {
        return of(
                documents.length,
                drawn -> Arrays.stream(drawn)
                        .mapToDouble(i -> documents[i])
                        .average()
                        .orElseThrow());
    }

    /**
     * Any estimate.
     *
     * @param documents how many there are
     * @param estimate from the indices of documents, with repetition
     */
    static Interval of(int documents, ToDoubleFunction<int[]> estimate) {
        Random random = new Random(SEED);
        int[] all = java.util.stream.IntStream.range(0, documents).toArray();
        double[] draws = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            draws[draw] =
                    estimate.applyAsDouble(random.ints(documents, 0, documents).toArray());
        }
        Arrays.sort(draws);
        return new Interval(
                estimate.applyAsDouble(all), Statistics.quantile(draws, 0.025), Statistics.quantile(draws, 0.975));
    }
}

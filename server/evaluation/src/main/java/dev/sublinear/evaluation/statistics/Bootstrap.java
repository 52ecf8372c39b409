package dev.sublinear.evaluation.statistics;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Intervals by drawing documents with replacement, 2,000 times: Efron's percentile bootstrap, 1979. The difference of two
 * settings is paired, because both have read the same documents.
 */
public final class Bootstrap {
    /** Of every interval: the same numbers give the same bounds. */
    public static final long SEED = 20_260_101;

    private static final int DRAWS = 2000;

    private Bootstrap() {}

    /** Returns the mean of numbers, one for each document. */
    public static Interval mean(double[] documents) {
        return of(
                documents.length,
                drawn -> Arrays.stream(drawn)
                        .mapToDouble(i -> documents[i])
                        .average()
                        .orElseThrow());
    }

    /**
     * Returns any estimate with its interval.
     *
     * @param documents their number
     * @param estimate of the documents with these indices, some of which repeat
     */
    public static Interval of(int documents, ToDoubleFunction<int[]> estimate) {
        Random random = new Random(SEED);
        int[] all = IntStream.range(0, documents).toArray();
        double[] draws = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            draws[draw] =
                    estimate.applyAsDouble(random.ints(documents, 0, documents).toArray());
        }
        Arrays.sort(draws);
        return new Interval(
                estimate.applyAsDouble(all), Quantiles.quantile(draws, 0.025), Quantiles.quantile(draws, 0.975));
    }
}

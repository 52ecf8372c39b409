package dev.sublinear.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tokens of live sequences by key-value head, told by quantiles of the model's heads: four series, however many heads it has.
 * Counted on the engine's thread, read by any.
 */
final class HeadQuantiles {
    private static final double[] QUANTILES = {0.1, 0.5, 0.9, 1};

    private final AtomicLongArray tokens;

    /** @param heads of all layers together */
    HeadQuantiles(MeterRegistry registry, String name, String description, int heads) {
        this.tokens = new AtomicLongArray(heads);
        for (double quantile : QUANTILES) {
            Gauge.builder(name, () -> at(quantile))
                    .description(description)
                    .tag("quantile", quantile == 1 ? "1" : Double.toString(quantile))
                    .register(registry);
        }
    }

    /** Only one thread adds, so that this needs no locked instruction for each head in each step. */
    void add(int head, long change) {
        tokens.setRelease(head, tokens.getPlain(head) + change);
    }

    /** Returns the tokens of the head below or at which a share of the heads lie: for 1 the most of any. */
    private long at(double quantile) {
        long[] sorted = new long[tokens.length()];
        Arrays.setAll(sorted, tokens::get);
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(quantile * sorted.length) - 1];
    }
}

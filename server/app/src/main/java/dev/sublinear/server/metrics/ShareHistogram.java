package dev.sublinear.server.metrics;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * A histogram of shares, 0 to 1. Micrometer's summaries cannot be used: they round a value up to a whole number before they
 * look for its bucket, which puts every share into the last.
 */
final class ShareHistogram {
    private final String name;
    private final String description;
    private final double[] bounds;
    private final AtomicLongArray counts;
    private final DoubleAdder sum = new DoubleAdder();

    /** @param bounds ascending; shares above the last count as infinite */
    ShareHistogram(PrometheusRegistry registry, String name, String description, double... bounds) {
        this.name = name.replace('.', '_');
        this.description = description;
        this.bounds = Arrays.copyOf(bounds, bounds.length + 1);
        this.bounds[bounds.length] = Double.POSITIVE_INFINITY;
        this.counts = new AtomicLongArray(this.bounds.length);
        registry.register(this::snapshot);
    }

    void record(double share) {
        int found = Arrays.binarySearch(bounds, share);
        counts.incrementAndGet(found >= 0 ? found : -found - 1);
        sum.add(share);
    }

    private HistogramSnapshot snapshot() {
        long[] now = new long[bounds.length];
        Arrays.setAll(now, counts::get);
        return HistogramSnapshot.builder()
                .name(name)
                .help(description)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, now))
                        .sum(sum.sum())
                        .build())
                .build();
    }
}

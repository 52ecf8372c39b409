package dev.sublinear.server.metrics;

import dev.sublinear.server.config.MetricsPush;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All meters of this process. Prometheus reads them, and they are pushed to a collector if one is configured. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MeterRegistry registry;
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    /** Meters that are not pushed anywhere. */
    public Metrics() {
        this(new MetricsPush.Off());
    }

    public Metrics(MetricsPush push) {
        registry = push instanceof MetricsPush.Otlp otlp ? both(prometheus, otlp(otlp)) : prometheus;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
        ResidentMemory.bindTo(registry);
    }

    private static MeterRegistry both(MeterRegistry one, MeterRegistry other) {
        return new CompositeMeterRegistry(Clock.SYSTEM, List.of(one, other));
    }

    private static MeterRegistry otlp(MetricsPush.Otlp push) {
        OtlpConfig config = new OtlpConfig() {
            @Override
            public @Nullable String get(String key) {
                return null; // the default, for every key without a method here
            }

            @Override
            public String url() {
                return push.url().toString();
            }

            @Override
            public Duration step() {
                return push.every();
            }

            @Override
            public Map<String, String> resourceAttributes() {
                return Map.of("service.name", "sublinear");
            }
        };
        return new OtlpMeterRegistry(config, Clock.SYSTEM);
    }

    MeterRegistry registry() {
        return registry;
    }

    ShareHistogram shares(String name, String description) {
        return new ShareHistogram(prometheus.getPrometheusRegistry(), name, description, Buckets.SHARES);
    }

    /** Adds a gauge for a class that knows no Micrometer. */
    public void gauge(String name, String description, LongSupplier value) {
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /** Returns the text of {@code GET /metrics}. */
    public String scrape() {
        return prometheus.scrape();
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
        prometheus.close();
    }
}

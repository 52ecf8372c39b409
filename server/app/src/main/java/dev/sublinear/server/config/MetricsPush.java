package dev.sublinear.server.config;

import dev.sublinear.engine.settings.Faults;
import java.net.URI;
import java.time.Duration;

/** Where meters are sent, beside what {@code GET /metrics} shows to whoever asks. */
public sealed interface MetricsPush {

    /** Nowhere. */
    record Off() implements MetricsPush {}

    /**
     * To a collector that speaks OpenTelemetry's protocol over HTTP.
     *
     * @param url with the path, such as {@code http://localhost:4318/v1/metrics}
     * @param every how often
     */
    record Otlp(URI url, Duration every) implements MetricsPush {
        public Otlp {
            Faults faults = new Faults();
            faults.require(
                    url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme())),
                    "metrics.otlp-url must be an http or https address, was %s",
                    url);
            faults.require(
                    !every.isNegative() && !every.isZero(), "metrics.otlp-every must be longer than 0, was %s", every);
            faults.raise();
        }
    }
}

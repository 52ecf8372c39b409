package dev.sublinear.server.metrics;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.server.http.reply.RequestListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** Counts requests by endpoint and outcome. Every series exists from the start, and no others are ever added. */
public final class RequestMeters implements RequestListener {
    private final MeterRegistry registry;
    private final Observations observations;
    private final Counter connectionsRefused;
    private final Counter readersStalled;
    private final Counter logLinesLost;

    /** @param model its name */
    public RequestMeters(Metrics metrics, String model) {
        this.registry = metrics.registry();
        this.observations = Observations.ofServices(model);
        this.connectionsRefused = registry.counter("sublinear.connections.refused");
        this.readersStalled = registry.counter("sublinear.readers.stalled");
        this.logLinesLost = registry.counter("sublinear.log.lines.lost");
        for (Endpoint endpoint : Endpoint.values()) {
            for (Outcome outcome : Outcome.values()) {
                counter(endpoint, outcome);
            }
        }
    }

    @Override
    public void onEnded(Endpoint endpoint, Outcome outcome) {
        counter(endpoint, outcome).increment();
    }

    @Override
    public GenerationListener accompany(Endpoint endpoint, GenerationRequest request, GenerationListener reply) {
        return observations.accompany(endpoint, request, reply);
    }

    @Override
    public void onConnectionRefused() {
        connectionsRefused.increment();
    }

    @Override
    public void onReaderStalled() {
        readersStalled.increment();
    }

    @Override
    public void onLogLineLost() {
        logLinesLost.increment();
    }

    private Counter counter(Endpoint endpoint, Outcome outcome) {
        return registry.counter("sublinear.requests", "endpoint", tag(endpoint), "outcome", tag(outcome));
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}

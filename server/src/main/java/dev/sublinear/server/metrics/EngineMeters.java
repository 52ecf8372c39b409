package dev.sublinear.server.metrics;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.server.engine.Engine;
import dev.sublinear.server.engine.EngineListener;
import dev.sublinear.server.engine.EngineStatus;
import dev.sublinear.server.engine.GenerationRequest;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** What the engine's listener tells, as meters; names and buckets follow vLLM's, with our prefix. */
public final class EngineMeters implements EngineListener {
    private static final double[] FIRST_TOKEN_SECONDS = {
        .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560
    };
    private static final double[] NEXT_TOKEN_SECONDS = {
        .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
    };

    private final PrometheusMeterRegistry registry;
    private final Map<String, CacheMeters> cachesByScorer = new ConcurrentHashMap<>();
    private final Counter promptTokens;
    private final Counter generatedTokens;
    private final Timer firstToken;
    private final Timer nextToken;
    private final Timer queued;

    public EngineMeters(Metrics metrics) {
        this.registry = metrics.registry();
        this.promptTokens = registry.counter("sublinear.prompt.tokens");
        this.generatedTokens = registry.counter("sublinear.generation.tokens");
        this.firstToken = timer("sublinear.time.to.first.token", FIRST_TOKEN_SECONDS);
        this.nextToken = timer("sublinear.inter.token.latency", NEXT_TOKEN_SECONDS);
        this.queued = timer("sublinear.queue.duration", FIRST_TOKEN_SECONDS);
    }

    private Timer timer(String name, double... seconds) {
        Duration[] buckets = DoubleStream.of(seconds)
                .mapToObj(each -> Duration.ofNanos((long) (each * TimeUnit.SECONDS.toNanos(1))))
                .toArray(Duration[]::new);
        return Timer.builder(name).serviceLevelObjectives(buckets).register(registry);
    }

    /** Adds what is asked of the engine rather than told by it, and the configuration in force. */
    public void observe(Engine engine, EvictionPolicy policy, String model) {
        gauge("sublinear.requests.running", engine, EngineStatus::running);
        gauge("sublinear.requests.waiting", engine, EngineStatus::waiting);
        gauge("sublinear.kvcache.bytes", engine, EngineStatus::usedBytes);
        gauge("sublinear.kvcache.reserved.bytes", engine, EngineStatus::reservedBytes);
        gauge("sublinear.kvcache.usage", engine, status -> (double) status.reservedBytes() / engine.capacity());
        Gauge.builder("sublinear.kvcache.capacity.bytes", engine, Engine::capacity)
                .register(registry);
        Gauge.builder("sublinear.kvcache.policy", () -> 1)
                .tag("budget", policy.budget().toString())
                .tag("scorer", policy.scorer().name())
                .tag("model", model)
                .register(registry);
        cachesByScorer.computeIfAbsent(policy.scorer().name(), this::cacheMeters);
    }

    private void gauge(String name, Engine engine, ToDoubleFunction<EngineStatus> value) {
        Gauge.builder(name, engine, asked -> value.applyAsDouble(asked.status()))
                .register(registry);
    }

    @Override
    public void onAdmitted(GenerationRequest request, long queuedNanos) {
        promptTokens.increment(request.prompt().length);
        queued.record(queuedNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void onFirstToken(long nanos) {
        generatedTokens.increment();
        firstToken.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void onNextToken(long nanos) {
        generatedTokens.increment();
        nextToken.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public KvCacheListener cacheListener(EvictionPolicy policy) {
        CacheMeters meters = cachesByScorer.computeIfAbsent(policy.scorer().name(), this::cacheMeters);
        return meters.listenerFor(policy);
    }

    private CacheMeters cacheMeters(String scorer) {
        return new CacheMeters(registry, scorer);
    }
}

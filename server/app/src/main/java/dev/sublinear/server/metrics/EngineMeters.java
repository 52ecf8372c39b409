package dev.sublinear.server.metrics;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Meters of what the engine announces to its listener. Names follow vLLM's, with our prefix. */
public final class EngineMeters implements EngineListener {
    private final Metrics metrics;
    private final MeterRegistry registry;
    private final Counter promptTokens;
    private final Counter generatedTokens;
    private final Counter draftedTokens;
    private final Counter acceptedTokens;
    private final Counter prefixQueried;
    private final Counter prefixHit;
    private final Counter snapshotsTaken;
    private final Counter snapshotsEvicted;
    private final Counter preemptions;
    private final Counter failures;
    private final Timer firstToken;
    private final Timer nextToken;
    private final Timer perOutputToken;
    private final Timer request;
    private final Timer queue;
    private final DistributionSummary stepTokens;
    private final Timer prefill;
    private final Timer decode;
    private final Timer sample;
    private final Timer trim;
    private @Nullable CacheMeters caches;

    public EngineMeters(Metrics metrics) {
        this.metrics = metrics;
        this.registry = metrics.registry();
        this.promptTokens = counter("prompt.tokens", "Tokens of prompts whose sequences began");
        this.generatedTokens = counter("generation.tokens", "Tokens chosen");
        this.draftedTokens = counter("drafted.tokens", "Tokens guessed by prompt lookup, for a step to verify");
        this.acceptedTokens = counter("drafted.accepted.tokens", "Those that were chosen, each of which spared a step");
        this.prefixQueried =
                counter("prefix.queried.tokens", "Tokens of prompts that were looked for in reused prefixes");
        this.prefixHit = counter("prefix.hit.tokens", "Tokens of prompts that a reused prefix held");
        this.snapshotsTaken =
                counter("prefix.snapshots.taken", "Beginnings kept for requests that begin with the same");
        this.snapshotsEvicted =
                counter("prefix.snapshots.evicted", "Those that had to go, or were replaced by longer ones");
        this.preemptions = counter("preemptions", "Requests that gave way to others, to be read again later");
        this.failures = counter("engine.failures", "Times that the engine failed with all that was in flight");
        this.firstToken = timer("time.to.first.token", "From arrival to the first token", Buckets.FIRST_TOKEN_SECONDS);
        this.nextToken = timer("inter.token.latency", "From a token to the next", Buckets.NEXT_TOKEN_SECONDS);
        this.perOutputToken = timer(
                "time.per.output.token",
                "Of a request: from its first token to its last, divided by the tokens after the first",
                Buckets.NEXT_TOKEN_SECONDS);
        this.request = timer("request.duration", "From arrival to the last token", Buckets.REQUEST_SECONDS);
        this.queue = timer("queue.duration", "From arrival to the start of a sequence", Buckets.FIRST_TOKEN_SECONDS);
        this.stepTokens = Buckets.summary(
                registry, "sublinear.step.tokens", "Tokens that a step reads, of all sequences", Buckets.STEP_TOKENS);
        this.prefill = phase("prefill");
        this.decode = phase("decode");
        this.sample = phase("sample");
        this.trim = phase("trim");
    }

    private Counter counter(String name, String description) {
        return Counter.builder("sublinear." + name).description(description).register(registry);
    }

    private Timer timer(String name, String description, double... seconds) {
        return Buckets.timer(registry, "sublinear." + name, description, seconds);
    }

    private Timer phase(String name) {
        return Buckets.timer(
                registry,
                "sublinear.step.duration",
                "Time of a step: the model on a step with prompt tokens, on one without; choosing tokens; trims within",
                Buckets.STEP_SECONDS,
                "phase",
                name);
    }

    /** Adds the gauges that ask the engine for its state, and the one that tells the configuration in force. */
    public void observe(Engine engine, EvictionPolicy policy, String model) {
        gauge("requests.running", "Sequences that hold a cache", engine, EngineStatus::running);
        gauge("requests.waiting", "Sequences that wait for one", engine, EngineStatus::waiting);
        gauge("prefix.snapshots", "Beginnings that are kept now", engine, EngineStatus::snapshots);
        gauge(
                "prefix.snapshots.bytes",
                "Bytes set aside for them, a part of those of all caches",
                engine,
                EngineStatus::snapshotBytes);
        gauge("kvcache.bytes", "Bytes of the tensors of all caches", engine, EngineStatus::usedBytes);
        gauge(
                "kvcache.reserved.bytes",
                "Bytes set aside for running sequences and kept beginnings",
                engine,
                EngineStatus::reservedBytes);
        gauge(
                "kvcache.usage",
                "Share of the capacity that is set aside, 0 to 1",
                engine,
                status -> (double) status.reservedBytes() / engine.capacity());
        Gauge.builder("sublinear.kvcache.capacity.bytes", engine, Engine::capacity)
                .description("Bytes for the caches of all sequences")
                .register(registry);
        Gauge.builder("sublinear.engine.alive", engine, asked -> asked.isAlive() ? 1 : 0)
                .description("1 while the engine takes its turns, 0 once it hangs or has ended")
                .register(registry);
        Gauge.builder("sublinear.native.tensors", engine, Engine::liveTensors)
                .description("Tensors outside the heap: weights, caches, and a step's while it runs")
                .register(registry);
        Gauge.builder("sublinear.kvcache.policy", () -> 1)
                .description("The configuration in force, always 1")
                .tag("budget", policy.budget().toString())
                .tag("scorer", policy.scorer().name())
                .tag("model", model)
                .register(registry);
    }

    private void gauge(String name, String description, Engine engine, ToDoubleFunction<EngineStatus> value) {
        Gauge.builder("sublinear." + name, engine, asked -> value.applyAsDouble(asked.status()))
                .description(description)
                .register(registry);
    }

    @Override
    public void onLoaded(ModelSpec spec, KvShape shape) {
        if (caches == null) {
            caches = new CacheMeters(metrics, shape, spec.maxPositions());
        }
    }

    @Override
    public void onAdmitted(long id, GenerationRequest admitted, int cachedTokens, long queuedNanos) {
        promptTokens.increment(admitted.prompt().length);
        queue.record(queuedNanos, TimeUnit.NANOSECONDS);
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
    public void onStep(StepReport step) {
        stepTokens.record(step.tokens());
        draftedTokens.increment(step.drafts().accepted() + step.drafts().rejected());
        acceptedTokens.increment(step.drafts().accepted());
        (step.prefills() > 0 ? prefill : decode).record(step.forwardNanos(), TimeUnit.NANOSECONDS);
        sample.record(step.chooseNanos(), TimeUnit.NANOSECONDS);
        trim.record(caches().record(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void onPreempted(long id) {
        preemptions.increment();
    }

    @Override
    public void onSnapshotTaken(int tokens, long bytes) {
        snapshotsTaken.increment();
    }

    @Override
    public void onSnapshotEvicted(long bytes) {
        snapshotsEvicted.increment();
    }

    @Override
    public void onEngineFailed(Throwable cause) {
        failures.increment();
    }

    @Override
    public void onFinished(long id, Completion completion) {
        Completion.Timing timing = completion.timing();
        request.record(timing.queued() + timing.prefill() + timing.decode(), TimeUnit.NANOSECONDS);
        prefixQueried.increment(completion.promptTokens());
        prefixHit.increment(completion.cachedTokens());
        int afterFirst = completion.choices().stream()
                        .mapToInt(Completion.Choice::generatedTokens)
                        .max()
                        .orElse(0)
                - 1;
        if (afterFirst > 0) {
            perOutputToken.record(timing.decode() / afterFirst, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public KvCacheListener cacheListener(EvictionPolicy policy) {
        return caches().follow(policy);
    }

    private CacheMeters caches() {
        return Objects.requireNonNull(caches, "onLoaded comes before all else");
    }
}

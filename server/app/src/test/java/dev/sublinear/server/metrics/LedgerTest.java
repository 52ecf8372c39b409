package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.model.TensorCache;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.model.ModelSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What the meters say of the caches is what the caches, the ledger and the tensors say, whenever no step runs. */
final class LedgerTest {
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Fixed(100), new HeavyHitterScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 16);
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new HeavyHitterScorer());
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int STEPS_ALLOWED = 40;

    private final Metrics metrics = new Metrics();
    private final EngineMeters meters = new EngineMeters(metrics);
    private final Watched model = new Watched(ScriptedModel.repeating("word "));

    @Test
    void scrape_whenNoStepRuns_agreesWithLedgerAndTensors() throws Exception {
        model.scripted.hold();
        Engine engine = Engine.start(
                () -> model,
                ScriptedModel.TOKENIZER,
                SchedulerSettings.of(8, 1).withPrefixShare(0),
                10_000_000,
                meters);
        meters.observe(engine, POLICY, "scripted");
        try {
            Ends ends = new Ends(2);
            engine.submit(GenerationRequest.of(new int[700], 60, POLICY), ends);
            engine.submit(GenerationRequest.of(new int[90], 60, POLICY), ends);
            model.scripted.allow(STEPS_ALLOWED);
            await().atMost(PATIENCE).until(() -> model.scripted.chunks().size() == STEPS_ALLOWED && model.isWaiting());

            List<LayerCache> layers = model.layers();
            assertThat(sample("sublinear_kvcache_live_seen_tokens")).isEqualTo(sum(layers, LayerCache::seen));
            assertThat(sample("sublinear_kvcache_live_retained_tokens"))
                    .isEqualTo(sum(layers, LayerCache::longest))
                    .isLessThan(sum(layers, LayerCache::seen));
            assertThat(sample("sublinear_kvcache_bytes"))
                    .isEqualTo(engine.status().usedBytes())
                    .isEqualTo(sum(layers, LayerCache::bytes))
                    .isEqualTo(model.scripted.tensorBytes())
                    .isPositive();
            assertThat(sample("sublinear_kvcache_reserved_bytes"))
                    .isEqualTo(engine.status().reservedBytes())
                    .isGreaterThanOrEqualTo(engine.status().usedBytes());
            assertThat(sample("sublinear_kvcache_head_retained_tokens{quantile=\"1\"}"))
                    .as("every head holds the same")
                    .isEqualTo(sample("sublinear_kvcache_head_retained_tokens{quantile=\"0.1\"}"))
                    .isEqualTo(sample("sublinear_kvcache_live_retained_tokens") / 2); // layers
            assertThat(sample("sublinear_native_tensors")).isEqualTo(model.liveTensors());
            assertThat(sample("sublinear_kvcache_over_bound_total")).isZero();

            model.scripted.allow(10_000);
            assertThat(ends.await()).isTrue();
            await().atMost(PATIENCE).until(() -> engine.status().equals(EngineStatus.IDLE));
            for (String gauge : List.of("live_seen_tokens", "live_retained_tokens", "bytes", "reserved_bytes")) {
                assertThat(sample("sublinear_kvcache_" + gauge)).as(gauge).isZero();
            }
            assertThat(sample("sublinear_native_tensors")).isZero();
            assertThat(sample("sublinear_generation_tokens_total")).isEqualTo(120);
            assertThat(sample("sublinear_prompt_tokens_total")).isEqualTo(790);
        } finally {
            engine.close();
        }
    }

    @Test
    void scrape_snapshotsPreemptionsAndFailures_countsWhatTheEngineTold() throws Exception {
        EngineListener failing = new EngineListener() {
            @Override
            public void onLoaded(ModelSpec spec, KvShape shape) {
                meters.onLoaded(spec, shape);
            }

            @Override
            public void onStep(StepReport step) {
                if (step.prefillTokens() == 77) {
                    throw new IllegalStateException("a fault of the engine's own");
                }
            }

            @Override
            public void onPreempted(long id) {
                meters.onPreempted(id);
            }

            @Override
            public void onSnapshotTaken(int tokens, long bytes) {
                meters.onSnapshotTaken(tokens, bytes);
            }

            @Override
            public void onSnapshotEvicted(long bytes) {
                meters.onSnapshotEvicted(bytes);
            }

            @Override
            public void onEngineFailed(Throwable cause) {
                meters.onEngineFailed(cause);
            }
        };
        long roomForOneAndAHalf = model.kvShape().peakBytes(UNLIMITED, 512 + 400) * 3 / 2;
        SchedulerSettings settings = new SchedulerSettings(10, Long.MAX_VALUE, 4, 512, 256, 0.5, 0.1, false, 0);
        try (Engine engine =
                Engine.start(() -> model, ScriptedModel.TOKENIZER, settings, roomForOneAndAHalf, failing)) {
            meters.observe(engine, UNLIMITED, "scripted");
            Ends ends = new Ends(2);
            engine.submit(GenerationRequest.of(new int[300], 600, UNLIMITED), ends);
            engine.submit(GenerationRequest.of(new int[301], 600, UNLIMITED), ends);
            assertThat(ends.await()).isTrue();
            Ends last = new Ends(1); // which leaves a beginning that nothing makes go
            engine.submit(GenerationRequest.of(new int[302], 1, UNLIMITED), last);
            assertThat(last.await()).isTrue();
            await().atMost(PATIENCE).until(() -> engine.status().running() == 0);
            assertThat(sample("sublinear_preemptions_total")).isPositive();
            assertThat(sample("sublinear_prefix_snapshots"))
                    .isEqualTo(engine.status().snapshots())
                    .isEqualTo(sample("sublinear_prefix_snapshots_taken_total")
                            - sample("sublinear_prefix_snapshots_evicted_total"))
                    .isPositive();
            assertThat(sample("sublinear_prefix_snapshots_bytes"))
                    .isEqualTo(engine.status().snapshotBytes())
                    .isEqualTo(sample("sublinear_kvcache_reserved_bytes"));

            engine.submit(GenerationRequest.of(new int[77], 1, UNLIMITED), new Ends(1) {
                @Override
                public void onFailed(GenerationException failure) {}
            });
            await().atMost(PATIENCE).until(() -> engine.status().equals(EngineStatus.IDLE));
            assertThat(sample("sublinear_engine_failures_total")).isEqualTo(1);
            assertThat(sample("sublinear_prefix_snapshots")).isZero();
        }
    }

    private static long sum(List<LayerCache> layers, ToLongFunction<LayerCache> each) {
        return layers.stream().mapToLong(each).sum();
    }

    private long sample(String series) {
        String start = series + " ";
        return LongStream.of(metrics.scrape()
                        .lines()
                        .filter(line -> line.startsWith(start))
                        .mapToLong(line -> (long) Double.parseDouble(line.substring(start.length())))
                        .toArray())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no sample of " + series));
    }

    /** Keeps the caches that it opens in view. */
    private static final class Watched implements LanguageModel {
        private final ScriptedModel scripted;
        private final List<KvCache> caches = new CopyOnWriteArrayList<>();
        private volatile int begun;

        Watched(ScriptedModel scripted) {
            this.scripted = scripted;
        }

        /** Whether a step has begun that was not allowed: then nothing moves. */
        boolean isWaiting() {
            return begun == scripted.chunks().size() + 1;
        }

        List<LayerCache> layers() {
            return caches.stream()
                    .flatMap(cache -> IntStream.range(0, kvShape().layers()).mapToObj(cache::layer))
                    .toList();
        }

        @Override
        public ModelSpec spec() {
            return scripted.spec();
        }

        @Override
        public KvShape kvShape() {
            return scripted.kvShape();
        }

        @Override
        public SequenceCache newCache(
                EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
            SequenceCache cache = scripted.newCache(policy, reservation, listener);
            caches.add(((TensorCache) cache).cache());
            return cache;
        }

        @Override
        public float[][] forward(List<Slice> step) {
            begun = scripted.chunks().size() + 1;
            return scripted.forward(step);
        }

        @Override
        public int liveTensors() {
            return scripted.liveTensors();
        }

        @Override
        public void close() {
            scripted.close();
        }
    }

    private static class Ends implements GenerationListener {
        private final CountDownLatch open;

        Ends(int count) {
            open = new CountDownLatch(count);
        }

        @Override
        public void onToken(int choice, ChosenToken token) {}

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {}

        @Override
        public void onFinished(Completion completion) {
            open.countDown();
        }

        @Override
        public void onFailed(GenerationException failure) {
            throw new AssertionError(failure);
        }

        boolean await() throws InterruptedException {
            return open.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
        }
    }
}

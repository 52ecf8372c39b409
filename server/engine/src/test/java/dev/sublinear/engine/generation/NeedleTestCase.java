package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Requests to an engine without a thread, on a real decoder in f32, told to fail or not. */
abstract class NeedleTestCase {
    static final EvictionPolicy UNLIMITED = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    static final EvictionPolicy PRUNED = new EvictionPolicy(
            new BudgetSchedule.Fixed(40), new HeavyHitterScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);

    /** After 128 tokens two heads keep 64 of them, two keep all. */
    static final EvictionPolicy BY_HEAD = new EvictionPolicy(
            HeadLaws.of(Collections.nCopies(2, List.of(new PowerLaw(1, 0.1, 16), new PowerLaw(1, 1, 16)))),
            new HeavyHitterScorer(),
            PRUNED.protection(),
            8);

    @TempDir
    private static Path directory;

    static HuggingFaceCheckpoint checkpoint;
    private static FaultyModel exact;

    FaultyModel model;
    private long lastId;

    @BeforeAll
    static void load() {
        checkpoint = HuggingFaceCheckpoint.open(RandomCheckpoint.seeded(7).write(directory));
        exact = new FaultyModel(DecoderLm.load(checkpoint, Execution.exact(1)));
    }

    @BeforeEach
    void takeTheExactOne() {
        model = exact;
    }

    @AfterAll
    static void close() {
        exact.close();
        checkpoint.close();
    }

    /** An engine without a thread. */
    final class Run {
        final EngineLoop loop;
        private final Backlog backlog = new Backlog(1000, Long.MAX_VALUE);
        private final int tensors = model.liveTensors();

        Run(SchedulerSettings settings, int tokens) {
            long capacity = model.kvShape().peakBytes(UNLIMITED, tokens);
            loop = new EngineLoop(model, capacity, settings, backlog, model, System::nanoTime);
        }

        SequenceGroup submit(GenerationRequest request, Recorder recorder) {
            SequenceGroup group = recorder.group(++lastId, request);
            backlog.enter(group.request().tenant(), group.cost());
            loop.enqueue(group);
            return group;
        }

        void turn() {
            loop.turn();
            EngineStatus status = loop.status();
            assertThat(status.usedBytes()).as("I10").isLessThanOrEqualTo(status.reservedBytes());
            long reserved = loop.report().stream()
                    .mapToLong(SequenceReport::reservedBytes)
                    .sum();
            assertThat(status.reservedBytes()).isEqualTo(reserved + status.snapshotBytes());
        }

        void finish() {
            while (loop.status().running() + loop.status().waiting() > 0) {
                turn();
            }
            loop.close(GenerationException.stopping());
            assertThat(loop.status()).isEqualTo(EngineStatus.IDLE);
            assertThat(model.liveTensors()).as("I7").isEqualTo(tensors);
        }
    }

    static SchedulerSettings settings(double prefixShare, double overcommit) {
        return new SchedulerSettings(1000, Long.MAX_VALUE, 6, 160, 64, prefixShare, overcommit, false, 0);
    }

    static int[] prompt(long seed, int length) {
        return new Random(seed).ints(length, 1, 250).toArray();
    }

    static GenerationRequest needle(EvictionPolicy policy) {
        return GenerationRequest.of(prompt(3, policy.equals(BY_HEAD) ? 150 : 70), 8, policy)
                .with(new SamplingParams(1, 0.95, 0, 0, 99))
                .with(new LogprobsWanted(Scope.ANSWER, 3));
    }

    Recorder alone(GenerationRequest request) {
        Run run = new Run(settings(0, 1), 1000);
        Recorder recorder = new Recorder();
        run.submit(request, recorder);
        run.finish();
        assertThat(recorder.failed()).isFalse();
        return recorder;
    }

    static void assertSame(Recorder actual, Recorder expected, String place) {
        assertThat(actual.ids()).as(place).isEqualTo(expected.ids());
        assertThat(actual.logprobs()).as(place).isEqualTo(expected.logprobs());
    }
}

package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.sampling.NonFiniteLogitsException;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class EngineFaultsTest extends EngineTestCase {
    @Test
    void submit_constraintThatAllowsNothing_failsAlone() {
        start(ScriptedModel.repeating("x"));
        TokenConstraint.State dead = new TokenConstraint.State() {
            @Override
            public TokenMask allowed() {
                return TokenMask.of(new BitSet());
            }

            @Override
            public boolean mayEnd() {
                return false;
            }

            @Override
            public void advance(int id) {}
        };
        Recorder failing = new Recorder();
        engine.submit(request(3, 3).with((TokenConstraint) () -> dead), failing);
        assertThatThrownBy(failing::await).hasRootCauseMessage("the constraint allows neither a token nor the end");
        Recorder next = new Recorder();
        engine.submit(request(3, 3), next);
        next.await();
    }

    @Test
    void cancel_running_freesItsMemoryBeforeTheNextStep() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder recorder = new Recorder();
        Generation generation = engine.submit(request(1, 1000), recorder);
        model.allow(5);
        await().until(() -> recorder.tokens() == 5);

        generation.cancel();
        model.allow(1); // the step in which the engine waits

        assertThat(reason(recorder)).isEqualTo(FinishReason.CANCELLED);
        assertThat(recorder.tokens()).isLessThanOrEqualTo(6);
        await().until(() -> engine.status().equals(EngineStatus.IDLE));
        generation.cancel(); // once more does nothing
    }

    @Test
    void cancel_waiting_neverRuns() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder running = new Recorder();
        engine.submit(request(1, 2), running);
        Recorder waiting = new Recorder();
        Generation generation = engine.submit(request(1, 2), waiting);

        generation.cancel();
        model.allow(2);

        assertThat(waiting.await().choices().get(0).reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(waiting.await().cache()).isEqualTo(CacheUsage.NONE);
        running.await();
        assertThat(model.chunks()).hasSize(2);
    }

    @Test
    void step_rowThatIsNotFinite_failsThatRequestAlone() {
        start(new ScriptedModel(seen -> seen == 4 ? ScriptedModel.NOT_A_NUMBER : 100));
        Recorder failing = new Recorder();
        Recorder next = new Recorder();

        engine.submit(request(1, 10), failing);
        engine.submit(request(10, 3), next);

        assertThatThrownBy(failing::await)
                .isInstanceOf(CompletionException.class)
                .rootCause()
                .isInstanceOf(NonFiniteLogitsException.class)
                .hasMessage("the logit of token 7 is NaN");
        assertThat(failing.tokens()).isEqualTo(3);
        assertThat(next.await().choices().get(0).reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void step_modelThatThrows_failsThatRequestAlone() {
        start(new ScriptedModel(seen -> {
            if (seen == 2) {
                throw new IllegalStateException("at /secret/path");
            }
            return 100;
        }));
        Recorder failing = new Recorder();
        Recorder next = new Recorder();

        engine.submit(request(1, 10), failing);
        engine.submit(request(10, 3), next);

        assertThatThrownBy(failing::await).hasRootCauseMessage("at /secret/path");
        assertThat(next.await().choices().get(0).reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void submit_lateWhileItRuns_failsAndFreesItsMemory() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder recorder = new Recorder();
        long arrived = System.nanoTime();
        engine.submit(request(1, 1000).withTimes(arrived, Duration.ofMillis(1)), recorder);
        await().until(() -> System.nanoTime() - arrived > Duration.ofMillis(1).toNanos());
        model.allow(1); // in which the engine may be; it is late before the next
        assertThatThrownBy(recorder::await)
                .hasCauseInstanceOf(GenerationException.class)
                .hasMessageContaining("did not end within the 1 ms that it had");
        await().until(() -> engine.status().equals(EngineStatus.IDLE));
    }

    @Test
    void submit_lateWhileItWaits_fails() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder running = new Recorder();
        engine.submit(request(1, 3), running);
        Recorder waiting = new Recorder();
        engine.submit(request(1, 1).withTimes(System.nanoTime(), Duration.ofNanos(1)), waiting);
        model.allow(10);
        assertThatThrownBy(waiting::await).hasCauseInstanceOf(GenerationException.class);
        running.await();
    }

    @Test
    void loop_thatFails_failsWhatIsInFlightAndGoesOn() {
        AtomicInteger failures = new AtomicInteger();
        start(ScriptedModel.repeating("x "), SchedulerSettings.of(10, 4), new EngineListener() {
            @Override
            public void onStep(StepReport step) {
                if (step.prefillTokens() == 77) {
                    throw new IllegalStateException("a fault of the engine's own");
                }
            }

            @Override
            public void onEngineFailed(Throwable cause) {
                failures.incrementAndGet();
            }
        });
        Recorder failing = new Recorder();
        engine.submit(request(77, 10), failing);
        assertThatThrownBy(failing::await)
                .cause()
                .isInstanceOfSatisfying(
                        GenerationException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(GenerationException.Reason.ENGINE_FAILED));
        Recorder next = new Recorder();
        engine.submit(request(5, 3), next);
        assertThat(reason(next)).isEqualTo(FinishReason.LENGTH);
        assertThat(failures).hasValue(1);
        assertThat(engine.isReady()).isTrue();
        assertThat(engine.queued()).isZero();
    }

    @Test
    void loop_thatFailsAgainAndAgain_endsTheEngine() {
        start(
                new ScriptedModel(seen -> {
                    throw new IllegalStateException("nothing works");
                }),
                SchedulerSettings.of(100, 4),
                EngineListener.NONE);
        await().until(() -> {
            try {
                engine.submit(request(1, 1), new Recorder());
            } catch (RejectedException e) {
                assertThat(e.reason()).isIn(Reason.STOPPING, Reason.QUEUE_FULL);
            }
            return engine.ended().isCompletedExceptionally();
        });
        await().until(() -> !engine.isAlive());
        assertThat(engine.isReady()).isFalse();
    }

    @Test
    void requests_tenThousandWithCancels_leaveNothing() {
        ScriptedModel model = ScriptedModel.repeating("x ");
        start(model, SchedulerSettings.of(1000, 8).withPrefixShare(0.3), EngineListener.NONE);
        int tensors = engine.liveTensors();
        Random random = new Random(Seed.or(5));
        List<Recorder> recorders = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            Recorder recorder = new Recorder();
            GenerationRequest request = request(
                            1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 5), 1 + random.nextInt(6))
                    .withChoices(1 + random.nextInt(2));
            await().pollDelay(Duration.ZERO).until(() -> engine.queued() < 900);
            Generation generation = engine.submit(request, recorder);
            if (random.nextInt(3) == 0) {
                generation.cancel();
            }
            recorders.add(recorder);
        }
        recorders.forEach(Recorder::await);
        await().until(() -> engine.status().running() == 0);
        EngineStatus status = engine.status();
        assertThat(status.waiting()).isZero();
        assertThat(status.reservedBytes())
                .as("what is kept of prompts, and nothing else")
                .isEqualTo(status.snapshotBytes());
        engine.close();
        assertThat(engine.status()).isEqualTo(EngineStatus.IDLE);
        assertThat(model.leftTensors()).isEqualTo(tensors);
    }

    @Test
    void close_inFlight_failsThemAndClosesTheModel() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder running = new Recorder();
        Recorder waiting = new Recorder();
        engine.submit(request(1, 1000), running);
        engine.submit(request(1, 1000), waiting);

        model.allow(Integer.MAX_VALUE / 4);
        engine.close();

        for (Recorder recorder : List.of(running, waiting)) {
            if (recorder.tokens() < 1000) {
                assertThatThrownBy(recorder::await).hasMessageContaining("the server is stopping");
            }
        }
        assertThat(model.isClosed()).isTrue();
        assertThat(engine.isAlive()).isFalse();
        assertThat(rejection(request(1, 1)).reason()).isEqualTo(Reason.STOPPING);
    }

    @Test
    void start_modelThatCannotBeLoaded_throwsWhatLoadingThrows() {
        assertThatThrownBy(() -> Engine.start(
                        () -> {
                            throw new IllegalStateException("no weights");
                        },
                        ScriptedModel.TOKENIZER,
                        ONE_AT_A_TIME,
                        1,
                        EngineListener.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no weights");
    }
}

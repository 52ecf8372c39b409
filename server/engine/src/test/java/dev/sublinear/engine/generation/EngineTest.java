package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.engine.sampling.NonFiniteLogitsException;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class EngineTest {
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    private static final long CAPACITY = 10_000_000;
    private static final SchedulerSettings ONE_AT_A_TIME = SchedulerSettings.of(2, 1);

    static {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // a busy machine is no failure
    }

    private Engine engine = idle();

    private static Engine idle() {
        return Engine.start(
                () -> ScriptedModel.repeating("word "), ScriptedModel.TOKENIZER, ONE_AT_A_TIME, 1, EngineListener.NONE);
    }

    private ScriptedModel start(ScriptedModel model) {
        engine.close();
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, ONE_AT_A_TIME, CAPACITY, EngineListener.NONE);
        return model;
    }

    @AfterEach
    void close() {
        engine.close();
        assertThat(engine.status()).as("nothing is left").isEqualTo(EngineStatus.IDLE);
    }

    @Test
    void submit_textThatEnds_tellsAllOfItAndThatItStopped() {
        start(ScriptedModel.continuing(3, "Naïve café — 猫 \uD83D\uDC08."));
        Recorder recorder = new Recorder();

        engine.submit(request(3, 100), recorder);

        Completion completion = recorder.await();
        assertThat(recorder.text()).isEqualTo("Naïve café — 猫 \uD83D\uDC08.");
        assertThat(completion.choices().get(0).reason()).isEqualTo(FinishReason.STOP);
        assertThat(completion.promptTokens()).isEqualTo(3);
        assertThat(completion.generatedTokens()).isEqualTo(recorder.tokens());
    }

    @Test
    void submit_textThatDoesNotEnd_endsAtMaxTokens() {
        start(ScriptedModel.repeating("again and "));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 7), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.LENGTH);
        assertThat(recorder.tokens()).isEqualTo(7);
    }

    @Test
    void submit_maxTokensWithinACharacter_tellsWhatIsThere() {
        int cat = ScriptedModel.TOKENIZER.encode("\uD83D\uDC08").length;
        assertThat(cat).isGreaterThan(1);
        start(ScriptedModel.continuing(1, "\uD83D\uDC08"));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 1), recorder);

        recorder.await();
        assertThat(recorder.text()).isEqualTo("\uFFFD");
    }

    @Test
    void submit_stopText_endsBeforeIt() {
        start(ScriptedModel.repeating("one two three four "));
        Recorder recorder = new Recorder();

        engine.submit(request(4, 100).with(Stops.at(List.of("e f", "zzz"))), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.STOP);
        assertThat(recorder.text()).endsWith("thre").doesNotContain("e f");
    }

    @Test
    void submit_minTokens_noTokenEndsItBefore() {
        start(new ScriptedModel(seen -> ScriptedModel.END_OF_TEXT));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 9).withMinTokens(4), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.STOP);
        assertThat(recorder.ids()).hasSize(5).endsWith(ScriptedModel.END_OF_TEXT);
        assertThat(recorder.ids().subList(0, 4)).doesNotContain(ScriptedModel.END_OF_TEXT);
    }

    @Test
    void submit_ownStopId_endsItAndIsNotText() {
        start(ScriptedModel.repeating("x"));
        int x = ScriptedModel.TOKENIZER.encode("x")[0];
        Recorder recorder = new Recorder();

        engine.submit(request(1, 9).with(new Stops(List.of(), Set.of(x), false)), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.STOP);
        assertThat(recorder.ids()).containsExactly(x);
        assertThat(recorder.text()).isEmpty();
    }

    @Test
    void submit_ignoringTheModelsEnd_goesOn() {
        start(new ScriptedModel(seen -> ScriptedModel.END_OF_TEXT));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 3).with(new Stops(List.of(), Set.of(), true)), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.LENGTH);
        assertThat(recorder.tokens()).isEqualTo(3);
    }

    @Test
    void submit_logprobs_areToldWithEachToken() {
        start(ScriptedModel.repeating("x"));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 2).with(new LogprobsWanted(Scope.ANSWER, 2)), recorder);

        recorder.await();
        assertThat(recorder.logprobs()).hasSize(2).allSatisfy(logprobs -> {
            assertThat(logprobs.chosen()).isCloseTo(0, within(1e-9)); // of a logit of 100 beside zeros
            assertThat(logprobs.top()).hasSize(2);
            assertThat(logprobs.top().get(0).logprob()).isEqualTo(logprobs.chosen());
            assertThat(logprobs.top().get(1)).isEqualTo(new Logprobs.Candidate(0, logprobs.chosen() - 100));
        });
    }

    @Test
    void submit_constraint_decidesWhatComesAndWhereItEnds() {
        start(ScriptedModel.repeating("x"));
        Recorder recorder = new Recorder();

        engine.submit(request(1, 9).with(new Spelling(7, 8)), recorder);

        assertThat(reason(recorder)).isEqualTo(FinishReason.STOP);
        assertThat(recorder.ids()).containsExactly(7, 8, ScriptedModel.END_OF_TEXT);
    }

    @Test
    void submit_longPrompt_isReadInChunksOfTheGrid() {
        ScriptedModel model = start(ScriptedModel.repeating("x "));
        Recorder recorder = new Recorder();

        engine.submit(request(600, 3), recorder);

        recorder.await();
        assertThat(model.chunks()).containsExactly(List.of(256), List.of(256), List.of(88), List.of(1), List.of(1));
    }

    @Test
    void submit_prunedCache_reportsWhatItKept() {
        start(ScriptedModel.repeating("x "));
        EvictionPolicy policy = new EvictionPolicy(
                new BudgetSchedule.Fixed(50), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 10);
        Recorder recorder = new Recorder();

        engine.submit(GenerationRequest.of(new int[300], 3, policy), recorder);

        CacheUsage cache = recorder.await().cache();
        assertThat(cache.layers()).hasSize(2);
        assertThat(cache.seen()).isEqualTo(302);
        assertThat(cache.retained()).isBetween(50, 60);
        assertThat(cache.evicted()).isEqualTo(302 - cache.retained());
        assertThat(cache.layers())
                .allSatisfy(layer -> assertThat(layer.budget()).isEqualTo(50));
        assertThat(cache.bytes()).isEqualTo(cache.countedBytes()).isPositive();
    }

    @Test
    void submit_promptAndMaxTokensBeyondContext_isRejectedWithBothNumbers() {
        assertThat(rejection(request(8000, 193)))
                .hasMessage("the model's context is 8192 tokens; the prompt has 8000 and max_tokens is 193,"
                        + " 8193 together")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.CONTEXT_LENGTH);
        assertThat(rejection(request(8000, Integer.MAX_VALUE)).reason()).isEqualTo(Reason.CONTEXT_LENGTH);
    }

    @Test
    void submit_cacheThatNeverFits_isRejectedWithBothNumbers() {
        assertThat(rejection(request(10, 10))) // the idle engine has one byte
                .hasMessageMatching("a cache for 20 tokens needs up to \\d+ bytes, and the capacity is 1")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.CACHE_CAPACITY);
    }

    private static final int VOCABULARY = ScriptedModel.TOKENIZER.vocabSize();

    static IntStream idsThatAreNoTokens() {
        return IntStream.of(-1, VOCABULARY, Integer.MAX_VALUE, Integer.MIN_VALUE);
    }

    @ParameterizedTest
    @MethodSource("idsThatAreNoTokens")
    void submit_idThatIsNoToken_isRejected(int id) {
        GenerationRequest request = GenerationRequest.of(new int[] {1, id}, 1, UNLIMITED);
        assertThat(rejection(request))
                .hasMessage("token ids must be from 0 to " + (VOCABULARY - 1) + ", was " + id)
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.INVALID);
    }

    @Test
    void submit_stopIdOfNoToken_isRejected() {
        assertThat(rejection(request(1, 1).with(new Stops(List.of(), Set.of(Integer.MAX_VALUE), false))))
                .hasMessage("stop_token_ids must be from 0 to " + (VOCABULARY - 1) + ", was " + Integer.MAX_VALUE);
    }

    @Test
    void submit_constraintThatIsNotReady_waitsAndLetsOthersGoOn() {
        start(ScriptedModel.repeating("x"), SchedulerSettings.of(10, 4), EngineListener.NONE);
        AtomicBoolean ready = new AtomicBoolean();
        TokenConstraint.State state = new TokenConstraint.State() {
            @Override
            public boolean isReady() {
                return ready.get();
            }

            @Override
            public TokenMask allowed() {
                assertThat(ready).isTrue();
                return TokenMask.ALL;
            }

            @Override
            public boolean mayEnd() {
                return true;
            }

            @Override
            public void advance(int id) {}
        };
        Recorder waiting = new Recorder();
        Recorder other = new Recorder();
        engine.submit(request(300, 3).with((TokenConstraint) () -> state), waiting);
        engine.submit(request(3, 3), other);
        other.await();
        assertThat(waiting.tokens()).isZero();

        ready.set(true);
        assertThat(reason(waiting)).isEqualTo(FinishReason.LENGTH);
    }

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
    void submit_biasOfNoToken_isRejected() {
        SamplingParams params = SamplingParams.GREEDY.withLogitBias(Map.of(VOCABULARY, 1.0));
        assertThat(rejection(request(1, 1).with(params)))
                .hasMessage("logit_bias must have ids from 0 to " + (VOCABULARY - 1) + ", was " + VOCABULARY)
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.INVALID_BIAS);
    }

    @Test
    void submit_minTokensBeyondMaxTokens_isRejected() {
        assertThat(rejection(request(1, 3).withMinTokens(4)))
                .hasMessage("min_tokens must be from 0 to max_tokens, 3, was 4");
    }

    @Test
    void submit_nothingToReadOrGenerate_isRejected() {
        assertThat(rejection(request(0, 1))).hasMessage("the prompt must have at least 1 token");
        assertThat(rejection(request(1, 0))).hasMessage("max_tokens must be at least 1, was 0");
        assertThat(rejection(request(1, -5))).hasMessage("max_tokens must be at least 1, was -5");
    }

    @Test
    void submit_queueFull_isRejectedUntilThereIsRoom() {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Recorder running = new Recorder();
        engine.submit(request(1, 1), running);
        await().until(() -> engine.queued() == 0);
        Recorder second = new Recorder();
        Recorder third = new Recorder();
        engine.submit(request(1, 1), second);
        engine.submit(request(1, 1), third);

        assertThat(rejection(request(1, 1)))
                .hasMessage("2 requests are waiting already")
                .extracting(RejectedException::reason)
                .isEqualTo(Reason.QUEUE_FULL);

        model.allow(10);
        List.of(running, second, third).forEach(Recorder::await);
        Recorder fourth = new Recorder();
        engine.submit(request(1, 1), fourth);
        fourth.await();
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

    private void start(ScriptedModel model, SchedulerSettings settings, EngineListener listener) {
        engine.close();
        engine = Engine.start(() -> model, ScriptedModel.TOKENIZER, settings, CAPACITY, listener);
    }

    @Test
    void submit_severalAtOnce_shareTheSteps() {
        ScriptedModel model = ScriptedModel.repeating("x ").hold();
        start(model, SchedulerSettings.of(10, 4), EngineListener.NONE);
        List<Recorder> recorders = Stream.generate(Recorder::new).limit(3).toList();
        engine.submit(request(1, 5), new Recorder()); // begins alone, and waits for leave
        await().until(() -> engine.queued() == 0);
        recorders.forEach(recorder -> engine.submit(request(2, 5), recorder));
        model.allow(100);

        recorders.forEach(Recorder::await);
        assertThat(model.chunks()).contains(List.of(1, 2, 2, 2), List.of(1, 1, 1, 1));
    }

    @Test
    void submit_choices_areToldByTheirNumber() {
        start(ScriptedModel.repeating("x "), SchedulerSettings.of(10, 4), EngineListener.NONE);
        Recorder recorder = new Recorder();

        engine.submit(request(300, 5).withChoices(3), recorder);

        Completion completion = recorder.await();
        assertThat(completion.choices()).hasSize(3);
        assertThat(completion.generatedTokens()).isEqualTo(15);
        assertThat(List.of(recorder.ids(0), recorder.ids(1), recorder.ids(2))).allMatch(ids -> ids.size() == 5);
        assertThat(completion.choices().get(2).cache().seen()).isEqualTo(304);
    }

    @Test
    void submit_moreChoicesThanMayRun_isRejected() {
        assertThat(rejection(request(1, 1).withChoices(2)))
                .hasMessage("n must be from 1 to 1, the sequences that may run, was 2");
    }

    @Test
    void submit_logprobsOfThePrompt_areToldBeforeTheFirstToken() {
        start(ScriptedModel.repeating("x"));
        int x = ScriptedModel.TOKENIZER.encode("x")[0];
        int[] prompt = new int[300];
        Arrays.fill(prompt, x);
        prompt[200] = 7;
        Recorder recorder = new Recorder();

        engine.submit(
                GenerationRequest.of(prompt, 0, UNLIMITED).with(new LogprobsWanted(Scope.PROMPT_AND_ANSWER, 1)),
                recorder);

        Completion completion = recorder.await();
        assertThat(completion.generatedTokens()).isZero();
        assertThat(completion.choices().get(0).reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(recorder.ofPrompt()).hasSize(300);
        assertThat(recorder.ofPrompt().get(0)).isEqualTo(Logprobs.NONE);
        assertThat(recorder.ofPrompt().get(199).chosen()).isCloseTo(0, within(1e-9));
        assertThat(recorder.ofPrompt().get(200).chosen()).isCloseTo(-100, within(1e-9));
        assertThat(recorder.ofPrompt().get(200).top())
                .extracting(Logprobs.Candidate::id)
                .containsExactly(x);
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
    void inFlight_whileTheyRun_saysHowTheyStand() throws Exception {
        ScriptedModel model = start(ScriptedModel.repeating("x ").hold());
        Generation running = engine.submit(request(300, 10).withTenant("alice"), new Recorder());
        Generation waiting = engine.submit(request(3, 10), new Recorder());
        await().until(() -> engine.queued() == 1);
        CompletableFuture<List<SequenceReport>> asked = engine.inFlight();
        CompletableFuture<Optional<HeldTokens>> held = engine.held(running.id(), 0);
        CompletableFuture<Optional<HeldTokens>> nothing = engine.held(waiting.id(), 0);
        model.allow(1); // the answers come between two steps

        assertThat(asked.get(1, TimeUnit.MINUTES))
                .extracting(
                        SequenceReport::id,
                        SequenceReport::tenant,
                        SequenceReport::state,
                        SequenceReport::promptTokens,
                        SequenceReport::readTokens)
                .containsExactly(
                        tuple(running.id(), "alice", SequenceReport.State.PREFILL, 300, 256),
                        tuple(waiting.id(), "", SequenceReport.State.WAITING, 3, 0));
        HeldTokens tokens = held.get(1, TimeUnit.MINUTES).orElseThrow();
        assertThat(tokens.tokens()).hasSize(300);
        assertThat(tokens.layers())
                .hasSize(2)
                .allSatisfy(layer -> assertThat(layer.positions()[0])
                        .containsExactly(IntStream.range(0, 256).toArray()));
        assertThat(nothing.get(1, TimeUnit.MINUTES)).isEmpty();
        running.cancel();
        waiting.cancel();
        model.allow(100);
    }

    @Test
    void submit_noRoomBesideTheSnapshotItGoesOnFrom_waitsForOthersToEnd() {
        ScriptedModel model = ScriptedModel.repeating("x ");
        engine.close();
        long both = 2 * new KvShape(2, 1, 4).peakBytes(UNLIMITED, 310);
        engine = Engine.start(
                () -> model,
                ScriptedModel.TOKENIZER,
                SchedulerSettings.of(10, 8).withPrefixShare(0.5),
                both,
                EngineListener.NONE);
        Recorder first = new Recorder();
        engine.submit(request(300, 10), first);
        assertThat(first.await().cachedTokens()).isZero();
        await().until(() -> engine.status().snapshotBytes() > 0);

        model.hold();
        List<Recorder> together = List.of(new Recorder(), new Recorder());
        together.forEach(recorder -> engine.submit(request(300, 10), recorder));
        model.allow(Integer.MAX_VALUE / 4);

        assertThat(together).allMatch(recorder -> recorder.await().cachedTokens() == 256);
    }

    /** The long one had room for all of its prompt when its beginning was kept. */
    @Test
    void submit_shortPromptThatBeginsAsALongOne_goesOnFromWhatWasKept() {
        start(ScriptedModel.repeating("x "), SchedulerSettings.of(10, 8).withPrefixShare(0.5), EngineListener.NONE);
        Recorder first = new Recorder();
        engine.submit(request(500, 4), first);
        first.await();
        Recorder shorter = new Recorder();
        engine.submit(request(260, 4), shorter);
        assertThat(shorter.await().cachedTokens()).isEqualTo(256);
    }

    @Test
    void requests_tenThousandWithCancels_leaveNothing() {
        ScriptedModel model = ScriptedModel.repeating("x ");
        start(model, SchedulerSettings.of(1000, 8).withPrefixShare(0.3), EngineListener.NONE);
        int tensors = engine.liveTensors();
        Random random = new Random(5);
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

    private static FinishReason reason(Recorder recorder) {
        return recorder.await().choices().get(0).reason();
    }

    private RejectedException rejection(GenerationRequest request) {
        return catchThrowableOfType(RejectedException.class, () -> engine.submit(request, new Recorder()));
    }

    private static GenerationRequest request(int prompt, int maxTokens) {
        return GenerationRequest.of(new int[prompt], maxTokens, UNLIMITED);
    }
}

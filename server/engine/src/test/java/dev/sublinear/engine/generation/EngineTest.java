package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class EngineTest extends EngineTestCase {
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

    /** The budget of all that it reserves for, 1,000 tokens, is 317; of the 303 or so that it reads 175. */
    @Test
    void submit_lazily_holdsFromTheStartWhatIsReservedForTheEnd() {
        EvictionPolicy policy = new EvictionPolicy(
                new BudgetSchedule.PowerLaw(10, 0.5, 64),
                new RecencyScorer(),
                new Protection(4, 8, 0, Protection.Span.EMPTY),
                0);
        GenerationRequest request =
                GenerationRequest.of(new int[300], 700, policy).with(Stops.at(List.of("x x")));
        for (boolean lazy : new boolean[] {false, true}) {
            start(ScriptedModel.repeating("x "), SchedulerSettings.of(10, 4).withLazy(lazy), EngineListener.NONE);
            Recorder recorder = new Recorder();

            engine.submit(request, recorder);

            CacheUsage cache = recorder.await().cache();
            assertThat(cache.seen()).isBetween(301, 310);
            assertThat(cache.retained())
                    .isEqualTo(lazy ? cache.seen() : policy.budget().budget(cache.seen()));
            assertThat(cache.bytes()).isLessThanOrEqualTo(engine.kvShape().peakBytes(policy, 1000));
        }
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
}

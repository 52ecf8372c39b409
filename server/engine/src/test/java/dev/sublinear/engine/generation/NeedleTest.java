package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.generation.FaultyModel.Fault;
import dev.sublinear.engine.generation.FaultyModel.Phase;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLaws;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.decoder.OtherProducts;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.testing.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One request among others on a real decoder in f32: none of them changes a bit of its tokens and probabilities. */
@Tag("slow")
final class NeedleTest {
    private static final int BATCHES = Integer.getInteger("needles", 1000);
    private static final long SEED = Seed.fresh();
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    private static final EvictionPolicy PRUNED = new EvictionPolicy(
            new BudgetSchedule.Fixed(40), new HeavyHitterScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);

    /** After 128 tokens two heads keep 64 of them, two keep all. */
    private static final EvictionPolicy BY_HEAD = new EvictionPolicy(
            HeadLaws.of(Collections.nCopies(2, List.of(new PowerLaw(1, 0.1, 16), new PowerLaw(1, 1, 16)))),
            new HeavyHitterScorer(),
            PRUNED.protection(),
            8);

    @TempDir
    private static Path directory;

    private static HuggingFaceCheckpoint checkpoint;
    private static FaultyModel exact;

    private final Random random = new Random(SEED);
    private FaultyModel model;
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
    private final class Run {
        private final EngineLoop loop;
        private final Backlog backlog = new Backlog(1000, Long.MAX_VALUE);
        private final int tensors = model.liveTensors();

        Run(SchedulerSettings settings, int tokens) {
            long capacity = model.kvShape().peakBytes(UNLIMITED, tokens);
            loop = new EngineLoop(model, capacity, settings, backlog, model, System::nanoTime);
        }

        SequenceGroup submit(GenerationRequest request, Recorder recorder) {
            SequenceGroup group = new SequenceGroup(
                    ++lastId,
                    request,
                    recorder,
                    Set.of(),
                    () -> Detokenizer.of(ScriptedModel.TOKENIZER.streamingDecoder()));
            backlog.enter(group.cost());
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

    private static SchedulerSettings settings(double prefixShare, double overcommit) {
        return new SchedulerSettings(1000, Long.MAX_VALUE, 6, 160, 64, prefixShare, overcommit, false, 0);
    }

    private static int[] prompt(long seed, int length) {
        return new Random(seed).ints(length, 1, 250).toArray();
    }

    private static GenerationRequest needle(EvictionPolicy policy) {
        return GenerationRequest.of(prompt(3, policy.equals(BY_HEAD) ? 150 : 70), 8, policy)
                .with(new SamplingParams(1, 0.95, 0, 0, 99))
                .with(new LogprobsWanted(Scope.ANSWER, 3));
    }

    private GenerationRequest hay(int longest) {
        // Every other begins like the needle.
        int[] prompt = random.nextBoolean()
                ? Arrays.copyOf(prompt(3, 70), 1 + random.nextInt(70))
                : prompt(random.nextLong(), 1 + random.nextInt(longest));
        return GenerationRequest.of(
                        prompt,
                        1 + random.nextInt(10),
                        List.of(UNLIMITED, PRUNED, BY_HEAD).get(random.nextInt(3)))
                .withChoices(1 + random.nextInt(2))
                .withPromptLookup(random.nextInt(1 + Drafter.MOST_DRAFTED))
                .with(new SamplingParams(random.nextInt(2), 1, 0, 0, random.nextLong()));
    }

    private Recorder alone(GenerationRequest request) {
        Run run = new Run(settings(0, 1), 1000);
        Recorder recorder = new Recorder();
        run.submit(request, recorder);
        run.finish();
        assertThat(recorder.failed()).isFalse();
        return recorder;
    }

    @Test
    void request_amongOthersThatJoinLeaveAndFail_keepsEveryBit() {
        List<EvictionPolicy> policies = List.of(UNLIMITED, PRUNED, BY_HEAD);
        List<Recorder> expected =
                policies.stream().map(policy -> alone(needle(policy))).toList();
        for (int batch = 0; batch < BATCHES; batch++) {
            Phase phase = List.of(Phase.NONE, Phase.BEFORE, Phase.AFTER)
                    .get(random.nextInt(3)); // and no row: it might be the needle's
            model.fail(new Fault(phase, random.nextInt(12), Optional.empty(), random.nextInt(4)));
            GenerationRequest needle =
                    needle(policies.get(batch % 3)).withPromptLookup(batch % 2 * Drafter.MOST_DRAFTED);
            Recorder recorder = inHay(batch, needle);
            assertThat(recorder.failed() && phase == Phase.NONE).isFalse();
            if (!recorder.failed()) { // which it may if it was alone in the step that was told to fail
                assertSame(recorder, expected.get(batch % 3), "batch " + batch + " of seed " + SEED);
            }
        }
    }

    private static void assertSame(Recorder actual, Recorder expected, String place) {
        assertThat(actual.ids()).as(place).isEqualTo(expected.ids());
        assertThat(actual.logprobs()).as(place).isEqualTo(expected.logprobs());
    }

    /** One request among others that come, go and are cancelled at random. */
    private Recorder inHay(int batch, GenerationRequest needle) {
        Run run = new Run(settings(batch % 4 * 0.2, batch % 5 == 0 ? 0.2 : 1), 500);
        List<SequenceGroup> others = new ArrayList<>();
        Recorder recorder = new Recorder();
        int begins = random.nextInt(4);
        for (int turn = 0; turn < 8; turn++) {
            if (turn == begins) {
                run.submit(needle, recorder);
            }
            if (random.nextInt(2) == 0) {
                others.add(run.submit(hay(100), new Recorder()));
            }
            if (random.nextInt(4) == 0 && !others.isEmpty()) {
                run.loop.cancel(others.get(random.nextInt(others.size())));
            }
            run.turn();
        }
        run.finish();
        return recorder;
    }

    /** Otherwise the rule above would hold of anything. */
    @Test
    void request_whoseLogitsMoveByOneBitBesideOthers_isNoticed() {
        Recorder expected = alone(needle(PRUNED));
        model.leaks = true;
        try {
            Run run = new Run(settings(0, 1), 1000);
            Recorder recorder = new Recorder();
            run.submit(needle(PRUNED), recorder);
            run.submit(GenerationRequest.of(prompt(4, 20), 8, UNLIMITED), new Recorder());
            run.finish();
            assertThat(recorder.logprobs()).isNotEqualTo(expected.logprobs());
        } finally {
            model.leaks = false;
        }
    }

    /**
     * The inverse: with products that add up one to three rows otherwise than four, the rule does not hold, and it holds
     * again once they get at least four. A processor on which they do not is found out by the self-test; then the rule must
     * hold.
     */
    @Test
    void request_amongOthersWithoutPaddingToFourRows_losesBitsAndKeepsThemWithIt() {
        try (FaultyModel unpadded = new FaultyModel(OtherProducts.UNPADDED.load(checkpoint, Execution.exact(1)));
                FaultyModel padded = new FaultyModel(OtherProducts.PADDED.load(checkpoint, Execution.exact(1)))) {
            boolean tolerant = unpadded.invariance() == Invariance.TOLERANT;
            assertThat(changed(unpadded, 100) > 0)
                    .as("changed without padding, on this processor; seed %s", SEED)
                    .isEqualTo(tolerant);
            assertThat(padded.invariance()).isEqualTo(Invariance.BITWISE);
            assertThat(changed(padded, 100)).as("seed %s", SEED).isZero();
        }
    }

    /** The number of batches in which the request differs from the same request alone. */
    private int changed(FaultyModel tried, int batches) {
        model = tried;
        Recorder expected = alone(needle(PRUNED));
        int changed = 0;
        for (int batch = 0; batch < batches; batch++) {
            Recorder recorder = inHay(batch, needle(PRUNED));
            assertThat(recorder.failed()).isFalse();
            if (!recorder.ids().equals(expected.ids()) || !recorder.logprobs().equals(expected.logprobs())) {
                changed++;
            }
        }
        return changed;
    }

    /** Three requests that differ in what is pinned, so that a fault can follow one of them. */
    private static List<GenerationRequest> three() {
        return List.of(
                needle(PRUNED.pinning(new Protection.Span(10, 11))),
                GenerationRequest.of(prompt(4, 20), 5, UNLIMITED.pinning(new Protection.Span(11, 12)))
                        .with(new LogprobsWanted(Scope.ANSWER, 1)),
                GenerationRequest.of(prompt(5, 90), 5, PRUNED.pinning(new Protection.Span(12, 13)))
                        .with(new LogprobsWanted(Scope.ANSWER, 1)));
    }

    /** Runs all at once; returns which failed, when it has found the others as they are alone. */
    private List<Integer> failedAmong(List<GenerationRequest> requests, List<Recorder> expected, Fault fault) {
        Run run = new Run(settings(0.5, 1), 1000);
        List<Recorder> recorders =
                requests.stream().map(request -> new Recorder()).toList();
        for (int i = 0; i < requests.size(); i++) {
            run.submit(requests.get(i), recorders.get(i));
        }
        model.fail(fault);
        run.finish();
        List<Integer> failed = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            if (recorders.get(i).failed()) {
                failed.add(i);
            } else {
                assertSame(recorders.get(i), expected.get(i), fault + ", request " + i);
            }
        }
        return failed;
    }

    @Test
    void step_failingOnceInAnyRowStepAndPhase_failsAtMostThatOne() {
        List<GenerationRequest> requests = three();
        List<Recorder> expected = requests.stream().map(this::alone).toList();
        int faults = 0;
        for (Phase phase : List.of(Phase.NONE, Phase.BEFORE, Phase.AFTER, Phase.NOT_A_NUMBER)) {
            for (int step = 0; step < 10; step++) {
                for (int row = 0; row < 3; row++) {
                    Fault fault = new Fault(phase, step, Optional.empty(), row);
                    List<Integer> failed = failedAmong(requests, expected, fault);
                    assertThat(failed).as("%s", fault).hasSizeLessThanOrEqualTo(phase == Phase.NONE ? 0 : 1);
                    faults += failed.size();
                }
            }
        }
        assertThat(faults).isPositive();
    }

    @Test
    void sequence_failingWheneverItIsReadFromAnyStepInAnyPhase_failsAlone() {
        List<GenerationRequest> requests = three();
        List<Recorder> expected = requests.stream().map(this::alone).toList();
        for (Phase phase : Phase.values()) {
            int faults = 0;
            for (int step = 0; step < 10; step++) {
                for (int row = 0; row < 3; row++) {
                    Fault fault =
                            new Fault(phase, step, Optional.of(requests.get(row).policy()), row);
                    List<Integer> failed = failedAmong(requests, expected, fault);
                    assertThat(failed).as("%s", fault).isSubsetOf(row);
                    faults += failed.size();
                }
            }
            assertThat(faults > 0).as("%s fails somebody", phase).isEqualTo(phase != Phase.NONE);
        }
    }

    @Test
    void conversation_goingOn_readsOnlyItsNewTokensToTheSameBits() {
        for (EvictionPolicy policy : List.of(UNLIMITED, PRUNED)) {
            Run run = new Run(settings(0.5, 1), 2000);
            int[] conversation = prompt(11, 100);
            for (int turn = 0; turn < 4; turn++) {
                GenerationRequest request = GenerationRequest.of(conversation, 40, policy)
                        .with(new Stops(List.of(), Set.of(), true))
                        .with(new LogprobsWanted(Scope.ANSWER, 2));
                Recorder recorder = new Recorder();
                run.submit(request, recorder);
                while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                    run.turn();
                }
                Recorder expected = alone(request);
                assertThat(recorder.ids()).isEqualTo(expected.ids());
                assertThat(recorder.logprobs()).isEqualTo(expected.logprobs());
                assertThat(recorder.await().cachedTokens())
                        .as("turn %s", turn)
                        .isEqualTo(turn == 0 ? 0 : (conversation.length - 11) / 64 * 64);
                int[] next = Arrays.copyOf(conversation, conversation.length + 50);
                for (int i = 0; i < 40; i++) {
                    next[conversation.length + i] = recorder.ids().get(i);
                }
                System.arraycopy(prompt(turn, 10), 0, next, conversation.length + 40, 10);
                conversation = next;
            }
            run.finish();
        }
    }

    @Test
    void prompt_beginningLikeTwoBefore_isReadFromWhereTheyPart() {
        Run run = new Run(settings(0.5, 1), 2000);
        int[] system = prompt(21, 150);
        List<Integer> cached = new ArrayList<>();
        for (int user = 0; user < 3; user++) {
            int[] prompt = Arrays.copyOf(system, 300);
            System.arraycopy(prompt(user, 150), 0, prompt, 150, 150);
            Recorder recorder = new Recorder();
            run.submit(GenerationRequest.of(prompt, 1, PRUNED), recorder);
            while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                run.turn();
            }
            cached.add(recorder.await().cachedTokens());
        }
        assertThat(cached).containsExactly(0, 0, 128);
        run.finish();
    }

    @Test
    void prompt_ofAnotherTenantOrPolicy_sharesNothing() {
        Run run = new Run(settings(0.5, 1), 2000);
        List<Integer> cached = new ArrayList<>();
        GenerationRequest request =
                GenerationRequest.of(prompt(1, 200), 1, PRUNED).withTenant("alice");
        for (GenerationRequest each : List.of(
                request,
                request.withTenant("bob"),
                GenerationRequest.of(prompt(1, 200), 1, UNLIMITED).withTenant("alice"),
                request)) {
            Recorder recorder = new Recorder();
            run.submit(each, recorder);
            while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                run.turn();
            }
            cached.add(recorder.await().cachedTokens());
        }
        assertThat(cached).containsExactly(0, 0, 0, 192);
        run.finish();
    }

    @Test
    void choices_shareThePromptAndAreWhatTheyAreAlone() {
        GenerationRequest request = needle(PRUNED).withChoices(4);
        Run run = new Run(settings(0, 1), 2000);
        Recorder together = new Recorder();
        run.submit(request, together);
        run.finish();
        assertThat(together.ids(0))
                .as("the first has the request's own stream")
                .isEqualTo(alone(needle(PRUNED)).ids());
        assertThat(Set.of(together.ids(0), together.ids(1), together.ids(2), together.ids(3)))
                .as("each has its own random stream")
                .hasSize(4);
        for (int choice = 0; choice < 4; choice++) {
            Recorder one = alone(needle(PRUNED).with(needle(PRUNED).sampling().forChoice(choice)));
            assertThat(together.ids(choice)).isEqualTo(one.ids());
            assertThat(together.logprobs(choice)).isEqualTo(one.logprobs());
        }
    }
}

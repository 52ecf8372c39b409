package dev.sublinear.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.RandomCheckpoint;
import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.engine.GenerationRequest.LogprobsWanted;
import dev.sublinear.server.engine.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.server.engine.GenerationRequest.Stops;
import dev.sublinear.server.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One request among others on a real decoder in f32: whatever they do, its tokens and their probabilities keep every bit. */
final class NeedleTest {
    private static final int BATCHES = Integer.getInteger("needles", 1000);
    private static final long SEED = System.nanoTime();
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    private static final EvictionPolicy PRUNED = new EvictionPolicy(
            new BudgetSchedule.Fixed(40), new HeavyHitterScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 8);

    @TempDir
    private static Path directory;

    private static ModelDirectory checkpoint;
    private static FaultyModel model;

    private final Random random = new Random(SEED);
    private long lastId;

    @BeforeAll
    static void load() {
        checkpoint = ModelDirectory.open(RandomCheckpoint.seeded(7).write(directory));
        model = new FaultyModel(CausalLm.load(checkpoint, Execution.exact(1)));
    }

    @AfterAll
    static void close() {
        model.close();
        checkpoint.close();
    }

    /** A decoder that fails as it is told. */
    private static final class FaultyModel implements LanguageModel {
        private final DecoderModel model;
        private Phase phase = Phase.NONE;
        private int step;
        private int row;
        private boolean leaks;

        enum Phase {
            NONE,
            BEFORE,
            AFTER,
            NOT_A_NUMBER
        }

        FaultyModel(CausalLm decoder) {
            this.model = new DecoderModel(decoder);
        }

        /** In so many steps, once; a row counts modulo those that there are. */
        void fail(Phase how, int inSteps, int atRow) {
            phase = how;
            step = inSteps;
            row = atRow;
        }

        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public KvShape kvShape() {
            return model.kvShape();
        }

        @Override
        public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
            return model.newCache(policy, memory, listener);
        }

        @Override
        public float[][] forward(List<Slice> slices) {
            Phase now = step-- == 0 ? phase : Phase.NONE;
            if (now == Phase.BEFORE) {
                throw new IllegalStateException("told to fail");
            }
            float[][] logits = model.forward(now == Phase.AFTER ? slices.subList(0, row % slices.size() + 1) : slices);
            if (now == Phase.AFTER) {
                throw new IllegalStateException("told to fail when some caches have been written");
            }
            if (leaks && slices.size() > 1 && logits.length > 0) {
                logits[0][5] = Math.nextUp(logits[0][5]);
            }
            if (now == Phase.NOT_A_NUMBER && logits.length > 0) {
                logits[row % logits.length][5] = Float.NaN;
            }
            return logits;
        }

        @Override
        public int liveTensors() {
            return model.liveTensors();
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** An engine without a thread. */
    private final class Run {
        private final EngineLoop loop;
        private final Backlog backlog = new Backlog(1000, Long.MAX_VALUE);
        private final int tensors = model.liveTensors();

        Run(ServerConfig.Engine settings, int tokens) {
            long capacity = model.kvShape().peakBytes(UNLIMITED, tokens);
            loop = new EngineLoop(model, capacity, settings, backlog, EngineListener.NONE, System::nanoTime);
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

    private static ServerConfig.Engine settings(double prefixShare, double overcommit) {
        return new ServerConfig.Engine(1000, Long.MAX_VALUE, 6, 160, 64, prefixShare, overcommit);
    }

    private static int[] prompt(long seed, int length) {
        return new Random(seed).ints(length, 1, 250).toArray();
    }

    private static GenerationRequest needle(EvictionPolicy policy) {
        return GenerationRequest.of(prompt(3, 70), 8, policy)
                .with(new SamplingParams(1, 0.95, 0, 0, 99))
                .with(new LogprobsWanted(Scope.ANSWER, 3));
    }

    private GenerationRequest hay(int longest) {
        // Every other begins like the needle.
        int[] prompt = random.nextBoolean()
                ? Arrays.copyOf(prompt(3, 70), 1 + random.nextInt(70))
                : prompt(random.nextLong(), 1 + random.nextInt(longest));
        return GenerationRequest.of(prompt, 1 + random.nextInt(10), random.nextBoolean() ? UNLIMITED : PRUNED)
                .withChoices(1 + random.nextInt(2))
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
        List<EvictionPolicy> policies = List.of(UNLIMITED, PRUNED);
        List<Recorder> expected =
                policies.stream().map(policy -> alone(needle(policy))).toList();
        for (int batch = 0; batch < BATCHES; batch++) {
            int which = batch % 2;
            Run run = new Run(settings(batch % 3 * 0.25, batch % 5 == 0 ? 0.2 : 1), 500);
            List<SequenceGroup> others = new ArrayList<>();
            Recorder recorder = new Recorder();
            int begins = random.nextInt(4);
            FaultyModel.Phase phase = List.of(FaultyModel.Phase.NONE, FaultyModel.Phase.BEFORE, FaultyModel.Phase.AFTER)
                    .get(random.nextInt(3)); // and no row: it might be the needle's
            model.fail(phase, random.nextInt(12), random.nextInt(4));
            for (int turn = 0; turn < 8; turn++) {
                if (turn == begins) {
                    run.submit(needle(policies.get(which)), recorder);
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
            assertThat(recorder.failed() && phase == FaultyModel.Phase.NONE).isFalse();
            String place = "batch " + batch + " of seed " + SEED;
            if (!recorder.failed()) { // which it may if it was alone in the step that was told to fail
                assertThat(recorder.ids())
                        .as(place)
                        .isEqualTo(expected.get(which).ids());
                assertThat(recorder.logprobs())
                        .as(place)
                        .isEqualTo(expected.get(which).logprobs());
            }
        }
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

    @Test
    void step_failingInAnyRowStepAndPhase_failsAtMostThatOne() {
        List<GenerationRequest> requests = List.of(
                needle(PRUNED),
                GenerationRequest.of(prompt(4, 20), 5, UNLIMITED).with(new LogprobsWanted(Scope.ANSWER, 1)),
                GenerationRequest.of(prompt(5, 90), 5, PRUNED).with(new LogprobsWanted(Scope.ANSWER, 1)));
        List<Recorder> expected = requests.stream().map(this::alone).toList();
        int faults = 0;
        for (FaultyModel.Phase phase : FaultyModel.Phase.values()) {
            for (int step = 0; step < 10; step++) {
                for (int row = 0; row < 3; row++) {
                    Run run = new Run(settings(0.5, 1), 1000);
                    List<Recorder> recorders =
                            requests.stream().map(request -> new Recorder()).toList();
                    for (int i = 0; i < requests.size(); i++) {
                        run.submit(requests.get(i), recorders.get(i));
                    }
                    model.fail(phase, step, row);
                    run.finish();
                    int failed = 0;
                    for (int i = 0; i < requests.size(); i++) {
                        Recorder recorder = recorders.get(i);
                        String which = phase + " in step " + step + ", row " + row + ", request " + i;
                        if (recorder.failed()) {
                            failed++;
                        } else {
                            assertThat(recorder.ids())
                                    .as(which)
                                    .isEqualTo(expected.get(i).ids());
                            assertThat(recorder.logprobs())
                                    .as(which)
                                    .isEqualTo(expected.get(i).logprobs());
                        }
                    }
                    assertThat(failed)
                            .as("%s in step %s, row %s", phase, step, row)
                            .isLessThanOrEqualTo(1);
                    faults += failed;
                }
            }
        }
        assertThat(faults).isPositive();
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

package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.generation.HashingModel.Kind;
import dev.sublinear.engine.generation.HashingModel.Outcome;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random lives of an engine: requests come, go and fail, and after each command all that has to hold does. What a request
 * is told is compared with what it is told alone, computed here without an engine.
 *
 * <p>{@code -Dseed=N} plays the one schedule that failed.
 */
@Tag("slow")
final class SchedulesTest {
    private static final int SCHEDULES = Integer.getInteger("schedules", 100_000);
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    private static final EvictionPolicy PRUNED = new EvictionPolicy(
            new BudgetSchedule.Fixed(50), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 10);
    private static final int CHUNK = 64;

    @Test
    void engine_anySchedule_keepsItsPromises() {
        OptionalLong only = Seed.given();
        if (only.isPresent()) {
            new Schedule(only.getAsLong()).play();
            return;
        }
        long first = Seed.fresh();
        LongStream.range(first, first + SCHEDULES).parallel().forEach(seed -> {
            try {
                new Schedule(seed).play();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("replay with -Dseed=" + seed, e);
            }
        });
        assertThat(Schedule.REUSED.sum())
                .as("prompts that began with what had been read")
                .isPositive();
        assertThat(Schedule.PREEMPTED.sum()).as("requests that gave way").isPositive();
        assertThat(Schedule.ISOLATED.sum())
                .as("steps that failed with several sequences")
                .isPositive();
        assertThat(Schedule.ACCEPTED.sum()).as("drafted tokens that were right").isPositive();
        assertThat(Schedule.REJECTED.sum()).as("drafted tokens that were wrong").isPositive();
    }

    /** One engine's life. */
    private static final class Schedule implements EngineListener {
        private static final LongAdder REUSED = new LongAdder();
        private static final LongAdder PREEMPTED = new LongAdder();
        private static final LongAdder ISOLATED = new LongAdder();
        private static final LongAdder ACCEPTED = new LongAdder();
        private static final LongAdder REJECTED = new LongAdder();

        private final Random random;
        private final HashingModel model = new HashingModel();
        private final SchedulerSettings settings;
        private final Backlog backlog;
        private final EngineLoop loop;
        private final List<ScheduleClient> clients = new ArrayList<>();
        private final Map<Long, ScheduleClient> byId = new HashMap<>();
        private final int[] story = new int[600];
        private long now = 1;
        private long lastId;
        private int failedAlone; // too many in a row would rightly stop the engine

        Schedule(long seed) {
            random = new Random(seed);
            int maxRunning = 1 + random.nextInt(5);
            settings = new SchedulerSettings(
                    4,
                    3000,
                    maxRunning,
                    CHUNK + maxRunning + random.nextInt(100),
                    CHUNK,
                    random.nextInt(3) * 0.5,
                    random.nextInt(3) == 0 ? 0.1 : 1,
                    false,
                    0);
            model.expectAtMost(settings.maxBatchTokens());
            backlog = new Backlog(settings.queueLimit(), settings.queueTokens());
            long capacity = HashingModel.SHAPE.peakBytes(UNLIMITED, 500 + random.nextInt(1500));
            loop = new EngineLoop(model, capacity, settings, backlog, this, () -> now);
            Arrays.setAll(story, i -> 1 + random.nextInt(HashingModel.VOCABULARY - 1));
        }

        void play() {
            int commands = 4 + random.nextInt(24);
            for (int i = 0; i < commands; i++) {
                command();
                check();
            }
            model.fail(step -> Outcome.FINE);
            for (int turns = 0; !loop.status().equals(idle()); turns++) {
                assertThat(turns).as("turns until all have ended").isLessThan(20_000);
                turn();
            }
            check();
            clients.forEach(ScheduleClient::checkEnded);
            loop.close(GenerationException.stopping());
            assertThat(loop.status()).isEqualTo(EngineStatus.IDLE);
            assertThat(model.open()).isZero();
        }

        /** Nothing runs or waits; what is kept is kept. */
        private EngineStatus idle() {
            EngineStatus status = loop.status();
            return new EngineStatus(0, 0, 0, status.snapshotBytes(), status.snapshots(), status.snapshotBytes());
        }

        private void command() {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> submit();
                case 3 -> cancel();
                case 4 -> fault();
                default -> turn();
            }
        }

        private void turn() {
            now += 1_000_000;
            loop.turn();
        }

        private void submit() {
            GenerationRequest request = request();
            long each = HashingModel.SHAPE.peakBytes(request.policy(), (int) request.positions());
            if (request.choices() > settings.maxRunning() || request.choices() * each > capacity()) {
                return; // the engine refuses it
            }
            ScheduleClient client = new ScheduleClient(request);
            SequenceGroup group =
                    new SequenceGroup(++lastId, request, client, Set.of(HashingModel.END), SchedulesTest::detokenizer);
            try {
                backlog.enter(group.request().tenant(), group.cost());
            } catch (RejectedException e) {
                assertThat(e.reason()).isEqualTo(RejectedException.Reason.QUEUE_FULL);
                assertThat(e.retryAfterSeconds()).isPositive();
                return;
            }
            client.group = group;
            clients.add(client);
            byId.put(group.id(), client);
            loop.enqueue(group);
        }

        private long capacity() {
            return loop.capacity();
        }

        private GenerationRequest request() {
            int known = clients.isEmpty() || random.nextBoolean() ? 0 : random.nextInt(clients.size());
            int[] beginning = random.nextInt(3) == 0 && !clients.isEmpty()
                    ? clients.get(known).conversation()
                    : Arrays.copyOf(story, 1 + random.nextInt(250));
            int own = random.nextInt(40);
            int[] prompt = Arrays.copyOf(beginning, beginning.length + own);
            for (int i = beginning.length; i < prompt.length; i++) {
                prompt[i] = random.nextInt(HashingModel.VOCABULARY);
            }
            GenerationRequest request = GenerationRequest.of(
                            prompt, 1 + random.nextInt(100), random.nextInt(3) == 0 ? PRUNED : UNLIMITED)
                    .withTenant("tenant" + random.nextInt(3))
                    .with(new SamplingParams(random.nextInt(2), 1, 0, 0, random.nextLong()))
                    .withTimes(
                            now,
                            random.nextInt(10) == 0
                                    ? Duration.ofMillis(1 + random.nextInt(40))
                                    : GenerationRequest.NO_TIMEOUT);
            if (random.nextInt(4) == 0) {
                request = request.withChoices(2 + random.nextInt(2));
            }
            if (random.nextBoolean()) {
                request = request.withPromptLookup(random.nextInt(1 + Drafter.MOST_DRAFTED));
            }
            if (random.nextInt(4) == 0) {
                request = request.withMinTokens(random.nextInt(request.maxTokens()));
            }
            if (random.nextInt(4) == 0) {
                request = request.with(new Stops(List.of(), Set.of(7, 8), random.nextBoolean()));
            }
            if (random.nextInt(4) == 0) {
                request = request.with(new LogprobsWanted(
                        random.nextBoolean() ? Scope.ANSWER : Scope.PROMPT_AND_ANSWER, random.nextInt(3)));
            }
            return request;
        }

        private void cancel() {
            if (!clients.isEmpty()) {
                ScheduleClient client = clients.get(random.nextInt(clients.size()));
                client.mayEndEarly = true;
                loop.cancel(client.group());
            }
        }

        /** The next step fails: for good or in passing, at once or halfway, or in one row. */
        private void fault() {
            Kind kind = List.of(Kind.THROWS_BEFORE, Kind.THROWS_HALFWAY, Kind.NOT_A_NUMBER)
                    .get(random.nextInt(3));
            int row = random.nextInt(4);
            if (!clients.isEmpty() && kind != Kind.NOT_A_NUMBER && random.nextBoolean()) {
                curse(clients.get(random.nextInt(clients.size())), kind);
                return;
            }
            model.fail(step -> {
                model.fail(later -> Outcome.FINE);
                int at = Math.min(row, step.size() - 1);
                if (kind == Kind.NOT_A_NUMBER || step.size() == 1) {
                    clients.stream()
                            .filter(client -> holds(client, step.get(at)))
                            .forEach(client -> client.mayFail = true);
                }
                return failing(kind, at, step);
            });
        }

        private void curse(ScheduleClient client, Kind kind) {
            client.mayFail = true;
            model.fail(step -> {
                int at = rowOf(client, step);
                return at < 0 ? Outcome.FINE : failing(kind, at, step);
            });
        }

        private Outcome failing(Kind kind, int row, List<LanguageModel.Slice> step) {
            if (step.size() > 1 && kind != Kind.NOT_A_NUMBER) {
                ISOLATED.increment();
            } else if (kind != Kind.NOT_A_NUMBER && ++failedAlone >= EngineLoop.MOST_FAILURES) {
                return Outcome.FINE;
            }
            return new Outcome(kind, row);
        }

        private static boolean holds(ScheduleClient client, LanguageModel.Slice slice) {
            return client.group().sequences().stream()
                    .anyMatch(sequence ->
                            sequence.cache().filter(slice.cache()::equals).isPresent());
        }

        private static int rowOf(ScheduleClient client, List<LanguageModel.Slice> step) {
            for (int i = 0; i < step.size(); i++) {
                if (holds(client, step.get(i))) {
                    return i;
                }
            }
            return -1;
        }

        /** What holds after every command. */
        private void check() {
            EngineStatus status = loop.status();
            List<SequenceReport> live = loop.report();
            long reserved =
                    live.stream().mapToLong(SequenceReport::reservedBytes).sum();
            assertThat(status.reservedBytes()).as("I10").isEqualTo(reserved + status.snapshotBytes());
            assertThat(status.reservedBytes()).isLessThanOrEqualTo(capacity());
            assertThat(status.snapshotBytes()).isLessThanOrEqualTo((long) (settings.prefixShare() * capacity()));
            assertThat(status.running()).isLessThanOrEqualTo(settings.maxRunning());
            long caches = clients.stream()
                    .flatMap(client -> client.group().sequences().stream())
                    .filter(sequence -> sequence.cache().isPresent())
                    .count();
            assertThat((long) model.open()).as("I7").isEqualTo(caches + status.snapshots());
            List<ScheduleClient> waiting = clients.stream()
                    .filter(client -> !client.ended
                            && client.group().sequences().stream()
                                    .allMatch(sequence -> sequence.reservation().isEmpty()))
                    .toList();
            assertThat(status.waiting()).isEqualTo(waiting.size());
            assertThat(backlog.requests()).isEqualTo(waiting.size());
            assertThat(backlog.tokens())
                    .isEqualTo(waiting.stream()
                            .mapToLong(client -> client.group().cost())
                            .sum());
        }

        @Override
        public void onAdmitted(long id, GenerationRequest request, int cachedTokens, long queuedNanos) {
            REUSED.add(cachedTokens > 0 ? 1 : 0);
            assertThat(cachedTokens % CHUNK).isZero();
            assertThat(cachedTokens).isLessThan(request.prompt().length);
        }

        @Override
        public void onStep(StepReport step) {
            ACCEPTED.add(step.drafts().accepted());
            REJECTED.add(step.drafts().rejected());
        }

        @Override
        public void onPreempted(long id) {
            PREEMPTED.increment();
            String tenant = Objects.requireNonNull(byId.get(id)).request.tenant();
            boolean anotherAsks =
                    clients.stream().anyMatch(client -> !client.request.tenant().equals(tenant));
            assertThat(settings.overcommit() < 1 || anotherAsks)
                    .as("gives way to a prompt that reads on, or to another tenant's request")
                    .isTrue();
        }

        @Override
        public void onFailed(long id, GenerationException failure) {
            ScheduleClient client = Objects.requireNonNull(byId.get(id));
            if (failure.reason() == GenerationException.Reason.LATE) {
                assertThat(now - client.request.arrivedNanos())
                        .isGreaterThanOrEqualTo(client.request.timeout().toNanos());
            } else {
                assertThat(client.mayFail)
                        .as("I6, I8: nobody fails with another")
                        .isTrue();
            }
        }
    }

    private static Detokenizer detokenizer() {
        return new Detokenizer() {
            @Override
            public String accept(int id) {
                return "<" + id + ">";
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }
}

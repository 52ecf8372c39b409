package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Row G20 of the threats: what one key holds of the engine when another's request comes. */
final class TenantSharesTest {
    private static final EvictionPolicy POLICY = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
    private static final int LONG = 1_000;

    private final HashingModel model = new HashingModel();
    private final KvMemory memory = new KvMemory(8 * HashingModel.SHAPE.peakBytes(POLICY, LONG));
    private final Backlog backlog = new Backlog(100, 1_000_000);
    private final List<Long> gaveWay = new ArrayList<>();
    private long lastId;

    private Scheduler scheduler(int maxRunning) {
        EngineListener listener = new EngineListener() {
            @Override
            public void onPreempted(long id) {
                gaveWay.add(id);
            }
        };
        SchedulerSettings settings = new SchedulerSettings(100, 1_000_000, maxRunning, 512, 256, 0, 1, false, 0);
        return new Scheduler(
                HashingModel.SHAPE, settings, new PrefixCache(memory, 256, 0, listener), backlog, listener);
    }

    private SequenceGroup enqueue(Scheduler scheduler, String tenant, int positions, int choices) {
        GenerationRequest request = GenerationRequest.of(new int[1], positions - 1, POLICY)
                .withChoices(choices)
                .withTenant(tenant);
        SequenceGroup group = new Recorder().group(++lastId, request);
        backlog.enter(tenant, group.cost());
        scheduler.enqueue(group);
        return group;
    }

    /** Enqueues requests of one sequence, and admits all for which there is room. */
    private List<SequenceGroup> flood(Scheduler scheduler, String tenant, int requests, int positions) {
        List<SequenceGroup> groups = Stream.generate(() -> enqueue(scheduler, tenant, positions, 1))
                .limit(requests)
                .toList();
        admitAll(scheduler);
        return groups;
    }

    private int admitAll(Scheduler scheduler) {
        int admitted = 0;
        for (Optional<SequenceGroup> next = scheduler.admit(0); next.isPresent(); next = scheduler.admit(0)) {
            open(next.get());
            admitted++;
        }
        return admitted;
    }

    private void open(SequenceGroup group) {
        Sequence leader = group.reading().get(0);
        leader.open(model.newCache(POLICY, leader.reservation().orElseThrow(), KvCacheListener.NONE));
    }

    private static void end(Scheduler scheduler, SequenceGroup group) {
        scheduler.retire(group);
        group.end();
    }

    private static void steps(Scheduler scheduler, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(scheduler.next()).isNotEmpty();
        }
    }

    @Test
    void g20_newcomerOfAnotherKey_isAdmittedAtOnceAndTheNewestGivesWay() {
        Scheduler scheduler = scheduler(4);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 6, 10);
        SequenceGroup modest = enqueue(scheduler, "modest", 10, 1);

        assertThat(scheduler.admit(0)).contains(modest);
        assertThat(gaveWay).containsExactly(greedy.get(3).id());
        assertThat(scheduler.running()).containsExactly(greedy.get(0), greedy.get(1), greedy.get(2), modest);
        assertThat(scheduler.admit(0))
                .as("nor does it come back for another of its own")
                .isEmpty();
    }

    @Test
    void g20_newcomers_getNoMoreThanTheyLeave() {
        Scheduler scheduler = scheduler(4);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 4, 10);
        flood(scheduler, "modest", 4, 10);

        assertThat(scheduler.running().stream().map(group -> group.request().tenant()))
                .containsExactly("greedy", "greedy", "modest", "modest");
        assertThat(gaveWay).containsExactly(greedy.get(3).id(), greedy.get(2).id());

        SequenceGroup third = enqueue(scheduler, "third", 10, 1);
        assertThat(scheduler.admit(0)).contains(third);
        assertThat(gaveWay).as("one of two").hasSize(3);
        SequenceGroup large = enqueue(scheduler, "fourth", 10, 3);
        assertThat(scheduler.admit(0)).as("it would have more than any").isEmpty();
        assertThat(large.isPreempted()).isFalse();
    }

    @Test
    void g20_keyThatGaveWay_doesNotSoAgainForWhoComesBackSoon() {
        Scheduler scheduler = scheduler(4);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 5, 10);
        for (int i = 0; i < 10; i++) {
            SequenceGroup modest = enqueue(scheduler, "modest", 10, 1);
            assertThat(scheduler.admit(0)).contains(modest);
            open(modest);
            end(scheduler, modest);
            steps(scheduler, TenantShares.QUIET_STEPS - 1);
            assertThat(scheduler.admit(0)).isEmpty();
        }
        assertThat(gaveWay).containsExactly(greedy.get(3).id());

        steps(scheduler, 1);
        assertThat(scheduler.admit(0)).as("nobody came for long").contains(greedy.get(3));
    }

    @Test
    void g20_keyThatGaveWay_mayHaveAnotherWhenOneOfItsOwnEnds() {
        Scheduler scheduler = scheduler(4);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 5, 10);
        SequenceGroup modest = enqueue(scheduler, "modest", 10, 1);
        assertThat(scheduler.admit(0)).contains(modest);
        end(scheduler, greedy.get(0));
        assertThat(scheduler.admit(0)).contains(greedy.get(3));
    }

    @Test
    void g20_memoryOfOneKey_makesRoomForAnothers() {
        Scheduler scheduler = scheduler(100);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 9, LONG);
        assertThat(scheduler.running()).hasSize(8);
        SequenceGroup modest = enqueue(scheduler, "modest", LONG, 1);

        assertThat(scheduler.admit(0))
                .as("before the one of the other key whose turn it was")
                .contains(modest);
        assertThat(gaveWay).containsExactly(greedy.get(7).id());
    }

    @Test
    void g20_onlyOneMayRun_waitsForItsEndAndIsNext() {
        Scheduler scheduler = scheduler(1);
        List<SequenceGroup> greedy = flood(scheduler, "greedy", 3, 10);
        SequenceGroup modest = enqueue(scheduler, "modest", 10, 1);
        assertThat(scheduler.admit(0)).isEmpty();
        end(scheduler, greedy.get(0));
        assertThat(scheduler.admit(0)).contains(modest);
    }

    @Test
    void g20_loneKey_hasEverything() {
        Scheduler scheduler = scheduler(4);
        flood(scheduler, "lone", 5, 10);
        assertThat(scheduler.running()).hasSize(4);
        assertThat(gaveWay).isEmpty();
    }
}

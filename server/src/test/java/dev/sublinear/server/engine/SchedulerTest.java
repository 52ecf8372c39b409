package dev.sublinear.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.server.engine.Scheduler.Work;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SchedulerTest {
    private static final KvShape SHAPE = new KvShape(2, 1, 4);
    private static final EvictionPolicy POLICY = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    private final KvMemory memory = new KvMemory(2 * SHAPE.peakBytes(POLICY, 1000));

    @Test
    void next_longPrompt_readsChunksThatEndOnTheGrid() {
        Scheduler scheduler = new Scheduler(memory, SHAPE, 1);
        Sequence sequence = sequence(600, 10);
        scheduler.enqueue(sequence);
        assertThat(scheduler.admit(0)).contains(sequence);

        assertThat(take(scheduler)).isEqualTo(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).isEqualTo(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).isEqualTo(new Work(sequence, 88, 1));
    }

    @Test
    void next_startOffTheGrid_goesToTheGridFirst() {
        Scheduler scheduler = new Scheduler(memory, SHAPE, 1);
        Sequence sequence = sequence(600, 10);
        sequence.read(100); // as if they had been found in a cache
        scheduler.enqueue(sequence);
        scheduler.admit(0);

        assertThat(take(scheduler).tokens()).isEqualTo(156);
        assertThat(take(scheduler).tokens()).isEqualTo(256);
        assertThat(take(scheduler).tokens()).isEqualTo(88);
    }

    @Test
    void admit_noMemoryLeft_keepsTheOrderAndWaits() {
        Scheduler scheduler = new Scheduler(memory, SHAPE, 10);
        Sequence large = sequence(900, 100);
        Sequence alsoLarge = sequence(900, 100);
        Sequence third = sequence(900, 100);
        Sequence small = sequence(1, 1);
        List.of(large, alsoLarge, third, small).forEach(scheduler::enqueue);

        assertThat(scheduler.admit(0)).contains(large);
        assertThat(scheduler.admit(0)).contains(alsoLarge);
        assertThat(scheduler.admit(0)).as("it would fit, but is not its turn").isEmpty();
        assertThat(scheduler.running()).isEqualTo(2);
        assertThat(scheduler.waiting()).isEqualTo(2);

        scheduler.retire(large);
        large.end();
        assertThat(scheduler.admit(0)).contains(third);
    }

    @Test
    void admit_asManyAsMayRun_waits() {
        Scheduler scheduler = new Scheduler(memory, SHAPE, 1);
        Sequence first = sequence(1, 1);
        Sequence second = sequence(1, 1);
        scheduler.enqueue(first);
        scheduler.enqueue(second);

        assertThat(scheduler.admit(0)).contains(first);
        assertThat(scheduler.admit(0)).isEmpty();
        assertThat(scheduler.next()).hasSize(1);
    }

    @Test
    void retire_all_givesBackEveryByte() {
        Scheduler scheduler = new Scheduler(memory, SHAPE, 2);
        Sequence running = sequence(10, 10);
        Sequence waiting = sequence(10, 10);
        Sequence last = sequence(10, 10);
        List.of(running, waiting, last).forEach(scheduler::enqueue);
        scheduler.admit(0);
        assertThat(memory.reserved()).isEqualTo(SHAPE.peakBytes(POLICY, 20));

        for (Sequence sequence : scheduler.all()) {
            scheduler.retire(sequence);
            sequence.end();
        }

        assertThat(memory.reserved()).isZero();
        assertThat(scheduler.running() + scheduler.waiting()).isZero();
    }

    private static Work take(Scheduler scheduler) {
        Work work = scheduler.next().get(0);
        assertThat(work.sequence().read(work.tokens())).hasSize(work.tokens());
        return work;
    }

    private static Sequence sequence(int prompt, int maxTokens) {
        GenerationRequest request = GenerationRequest.of(new int[prompt], maxTokens, POLICY);
        return new Sequence(request, new Recorder(), ScriptedModel.TOKENIZER.streamingDecoder(), Set.of());
    }
}

package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.Scheduler.Work;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SchedulerTest {
    private static final EvictionPolicy POLICY = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    private final HashingModel model = new HashingModel();
    private final KvMemory memory = new KvMemory(2 * HashingModel.SHAPE.peakBytes(POLICY, 1000));
    private final Backlog backlog = new Backlog(100, 1_000_000);
    private long lastId;

    private Scheduler scheduler(int maxRunning) {
        PrefixCache prefixes = new PrefixCache(memory, 256, 0, EngineListener.NONE);
        SchedulerSettings settings = new SchedulerSettings(100, 1_000_000, maxRunning, 512, 256, 0, 1, false, 0);
        return new Scheduler(HashingModel.SHAPE, settings, prefixes, backlog, EngineListener.NONE);
    }

    @Test
    void next_longPrompt_readsChunksThatEndOnTheGrid() {
        Scheduler scheduler = scheduler(1);
        Sequence sequence = run(scheduler, 600, 10);

        assertThat(take(scheduler)).containsExactly(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 88, 1));
    }

    /** The last token of a prompt of 257 is a chunk of its own: after a preemption the answer so far comes after it, not a draft. */
    @Test
    void next_lastTokenOfAPromptThatIsReadAgain_hasNoDraft() {
        Scheduler scheduler = scheduler(1);
        GenerationRequest request =
                GenerationRequest.of(new int[257], 20, POLICY).withPromptLookup(9);
        Sequence sequence = run(scheduler, enqueue(scheduler, request));
        int drafted = 0;
        while (sequence.generated() < 6) {
            List<Work> step = scheduler.next();
            model.forward(step.stream().map(Work::slice).toList());
            drafted += step.get(0).drafted();
            if (step.get(0).drafted() > 0) {
                sequence.endDraft();
            }
            if (sequence.unread() == 0) {
                sequence.choose(HashingModel.logits(1), 0);
            }
        }
        assertThat(drafted).as("drafts while it decoded").isPositive();

        long bytes = sequence.reservation().orElseThrow().bytes();
        sequence.group().release();
        sequence.reserve(memory.reserve(bytes).orElseThrow());
        open(sequence);

        assertThat(take(scheduler)).containsExactly(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 1, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 6, 1));
    }

    @Test
    void next_startOffTheGrid_goesToTheGridFirst() {
        Scheduler scheduler = scheduler(1);
        Sequence sequence = run(scheduler, 600, 10);
        sequence.read(100);

        assertThat(take(scheduler)).containsExactly(new Work(sequence, 156, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 256, 0));
        assertThat(take(scheduler)).containsExactly(new Work(sequence, 88, 1));
    }

    @Test
    void next_decodesBesidePrompts_readsAllNewestTokensAndWholeChunksInWhatIsLeft() {
        Scheduler scheduler = scheduler(10);
        Sequence decoding = run(scheduler, 1, 10);
        Sequence first = run(scheduler, 600, 10);
        Sequence second = run(scheduler, 600, 10);

        assertThat(take(scheduler))
                .as("512 tokens hold one chunk and not two beside a newest token")
                .containsExactly(new Work(decoding, 1, 1), new Work(first, 256, 0));
        decoding.choose(HashingModel.logits(1), 0);
        assertThat(take(scheduler))
                .as("prompts take turns")
                .containsExactly(new Work(decoding, 1, 1), new Work(second, 256, 0));
        decoding.choose(HashingModel.logits(1), 0);
        assertThat(take(scheduler)).containsExactly(new Work(decoding, 1, 1), new Work(first, 256, 0));
    }

    @Test
    void next_shortPromptBehindALongOne_isReadInTheSameStep() {
        Scheduler scheduler = scheduler(10);
        Sequence longOne = run(scheduler, 900, 10);
        Sequence shortOne = run(scheduler, 20, 10);

        assertThat(take(scheduler)).containsExactly(new Work(longOne, 256, 0), new Work(shortOne, 20, 1));
    }

    @Test
    void admit_noMemoryLeft_keepsTheOrderAndWaits() {
        Scheduler scheduler = scheduler(10);
        SequenceGroup large = enqueue(scheduler, 900, 100, 1, "");
        SequenceGroup alsoLarge = enqueue(scheduler, 900, 100, 1, "");
        SequenceGroup third = enqueue(scheduler, 900, 100, 1, "");
        enqueue(scheduler, 1, 1, 1, "");

        assertThat(scheduler.admit(0)).contains(large);
        assertThat(scheduler.admit(0)).contains(alsoLarge);
        assertThat(scheduler.admit(0)).as("it would fit, but is not its turn").isEmpty();
        assertThat(scheduler.runningSequences()).isEqualTo(2);
        assertThat(scheduler.waiting()).isEqualTo(2);

        scheduler.retire(large);
        large.end();
        assertThat(scheduler.admit(0)).contains(third);
    }

    @Test
    void admit_asManyAsMayRun_waits() {
        Scheduler scheduler = scheduler(2);
        SequenceGroup two = enqueue(scheduler, 1, 1, 2, "");
        enqueue(scheduler, 1, 1, 1, "");

        assertThat(scheduler.admit(0)).contains(two);
        assertThat(scheduler.admit(0)).isEmpty();
        assertThat(scheduler.runningSequences()).as("its choices count").isEqualTo(2);
    }

    @Test
    void admit_choices_reservesForEach() {
        Scheduler scheduler = scheduler(4);
        enqueue(scheduler, 10, 10, 3, "");
        scheduler.admit(0);
        assertThat(memory.reserved()).isEqualTo(3 * HashingModel.SHAPE.peakBytes(POLICY, 20));
    }

    @Test
    void admit_oneTenantHoldsHalf_letsAnotherGoFirst() {
        Scheduler scheduler = scheduler(4);
        for (int i = 0; i < 4; i++) {
            enqueue(scheduler, 1, 1, 1, "greedy");
        }
        SequenceGroup other = enqueue(scheduler, 1, 1, 1, "modest");
        List<String> order = java.util.stream.Stream.generate(() -> scheduler.admit(0))
                .limit(4)
                .map(group -> group.orElseThrow().request().tenant())
                .toList();
        assertThat(order.subList(0, 3)).contains("modest");
        assertThat(order).filteredOn("greedy"::equals).as("and what is left").hasSize(3);
        assertThat(other.sequences().get(0).reservation()).isPresent();
    }

    @Test
    void retire_all_givesBackEveryByte() {
        Scheduler scheduler = scheduler(2);
        enqueue(scheduler, 10, 10, 2, "");
        enqueue(scheduler, 10, 10, 1, "");
        scheduler.admit(0);
        assertThat(backlog.requests()).isEqualTo(1);

        for (SequenceGroup group : scheduler.all()) {
            scheduler.retire(group);
            group.end();
        }

        assertThat(memory.reserved()).isZero();
        assertThat(scheduler.runningSequences() + scheduler.waiting()).isZero();
        assertThat(backlog.requests()).isZero();
        assertThat(backlog.tokens()).isZero();
    }

    private static List<Work> take(Scheduler scheduler) {
        List<Work> step = scheduler.next();
        step.forEach(work -> work.sequence().read(work.tokens()));
        return step;
    }

    private Sequence run(Scheduler scheduler, int prompt, int maxTokens) {
        return run(scheduler, enqueue(scheduler, prompt, maxTokens, 1, ""));
    }

    private Sequence run(Scheduler scheduler, SequenceGroup group) {
        assertThat(scheduler.admit(0)).contains(group);
        Sequence sequence = group.sequences().get(0);
        open(sequence);
        return sequence;
    }

    private void open(Sequence sequence) {
        sequence.open(model.newCache(POLICY, sequence.reservation().orElseThrow(), KvCacheListener.NONE));
    }

    private SequenceGroup enqueue(Scheduler scheduler, int prompt, int maxTokens, int choices, String tenant) {
        return enqueue(
                scheduler,
                GenerationRequest.of(new int[prompt], maxTokens, POLICY)
                        .withChoices(choices)
                        .withTenant(tenant));
    }

    private SequenceGroup enqueue(Scheduler scheduler, GenerationRequest request) {
        SequenceGroup group = new Recorder().group(++lastId, request);
        backlog.enter(group.request().tenant(), group.cost());
        scheduler.enqueue(group);
        return group;
    }
}

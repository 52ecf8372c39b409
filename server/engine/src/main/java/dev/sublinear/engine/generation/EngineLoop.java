package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.EngineListener.StepReport;
import dev.sublinear.engine.generation.Scheduler.Work;
import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the engine does in each of its turns: expire, admit, read, choose, end. Owned by the engine thread. */
final class EngineLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

    /** After this many consecutive requests that fail in a step of their own, the fault is the engine's. */
    static final int MOST_FAILURES = 5;

    private static final long CONSTRAINT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LanguageModel model;
    private final KvMemory memory;
    private final PrefixCache prefixes;
    private final Scheduler scheduler;
    private final Backlog backlog;
    private final EngineListener listener;
    private final LongSupplier clock;
    private final Ended ended;
    private final Map<Long, SequenceGroup> groups = new HashMap<>(); // in flight, by id
    private final PriorityQueue<SequenceGroup> deadlines = new PriorityQueue<>(
            Comparator.comparingLong(group -> group.request().nanosLeft(0)));
    private int failures;
    private boolean worked;

    /**
     * Makes a loop with nothing in it.
     *
     * @param capacity bytes for the caches of all sequences, and what is kept of them
     * @param clock in nanoseconds
     */
    EngineLoop(
            LanguageModel model,
            long capacity,
            SchedulerSettings settings,
            Backlog backlog,
            EngineListener listener,
            LongSupplier clock) {
        this.model = model;
        this.memory = new KvMemory(capacity);
        this.prefixes =
                new PrefixCache(memory, settings.prefillChunk(), (long) (settings.prefixShare() * capacity), listener);
        this.scheduler = new Scheduler(model.kvShape(), settings, prefixes, backlog, listener);
        this.backlog = backlog;
        this.listener = listener;
        this.clock = clock;
        this.ended = new Ended(clock);
    }

    void enqueue(SequenceGroup group) {
        groups.put(group.id(), group);
        scheduler.enqueue(group);
        if (!group.request().timeout().equals(GenerationRequest.NO_TIMEOUT)) {
            deadlines.add(group);
        }
    }

    /** Returns how long the next turn may wait for a message, in nanoseconds. */
    long turn() {
        expire();
        admit();
        List<Work> work = scheduler.next();
        if (work.isEmpty()) {
            return scheduler.running().isEmpty() ? IDLE_NANOS : CONSTRAINT_NANOS;
        }
        step(work);
        return 0;
    }

    private void expire() {
        long now = clock.getAsLong();
        while (!deadlines.isEmpty() && deadlines.element().request().nanosLeft(now) <= 0) {
            SequenceGroup late = deadlines.element();
            fail(late, GenerationException.late(late.request().timeout()));
        }
    }

    private void admit() {
        long now = clock.getAsLong();
        for (Optional<SequenceGroup> next = scheduler.admit(now); next.isPresent(); next = scheduler.admit(now)) {
            SequenceGroup group = next.get();
            try {
                group.shares(prefixes.shared(group.request()));
                open(group);
            } catch (RuntimeException e) {
                fail(group, e);
                continue;
            }
            long queued = now - group.request().arrivedNanos();
            listener.onAdmitted(group.id(), group.request(), group.cachedTokens(), queued);
        }
    }

    /** Gives the leader of a group a cache, which may have seen a part of the prompt. */
    private void open(SequenceGroup group) {
        GenerationRequest request = group.request();
        Sequence leader = group.reading().get(0);
        KvMemory.Reservation reservation = leader.reservation().orElseThrow();
        KvCacheListener cacheListener = listener.cacheListener(request.policy());
        SequenceCache cache = group.wantsPromptLogprobs()
                ? model.newCache(request.policy(), reservation, cacheListener)
                : prefixes.find(request, reservation, cacheListener)
                        .orElseGet(() -> model.newCache(request.policy(), reservation, cacheListener));
        leader.open(cache);
        // Columns that grow chunk by chunk leave holes in the allocator's memory, which nobody has counted.
        cache.expect(group.promptLength() - cache.seen());
        group.found(cache.seen());
    }

    private void step(List<Work> work) {
        long begin = clock.getAsLong();
        float[][] logits;
        try {
            logits = model.forward(work.stream().map(Work::slice).toList());
        } catch (RuntimeException e) {
            isolate(work, e);
            return;
        }
        failures = 0;
        worked = true;
        long read = clock.getAsLong();
        Drafts drafts = take(work, logits);
        report(work, drafts, read - begin, clock.getAsLong() - read);
    }

    /*
     * A step that failed may have left any of its caches half written. Whose fault it was is not known either. So all that
     * took part are read again from the start, one at a time until they are where they were; the one that then fails
     * alone is at fault.
     */
    private void isolate(List<Work> work, RuntimeException cause) {
        if (work.size() == 1) {
            fail(work.get(0).sequence().group(), cause);
            if (++failures == MOST_FAILURES) {
                throw new IllegalStateException(MOST_FAILURES + " requests failed one after the other", cause);
            }
            return;
        }
        LOG.warn("A step of {} sequences failed; each is read again by itself", work.size(), cause);
        work.forEach(part -> part.sequence().suspect());
        work.stream().map(part -> part.sequence().group()).distinct().forEach(this::restart);
    }

    private void restart(SequenceGroup group) {
        try {
            List<Sequence> live = group.live();
            long[] bytes = live.stream()
                    .mapToLong(sequence -> sequence.reservation().orElseThrow().bytes())
                    .toArray();
            group.release();
            for (int i = 0; i < bytes.length; i++) {
                live.get(i).reserve(memory.reserve(bytes[i]).orElseThrow()); // just freed
            }
            open(group);
        } catch (RuntimeException e) {
            fail(group, e);
        }
    }

    /** Returns what became of the step's drafts. */
    private Drafts take(List<Work> work, float[][] logits) {
        int row = 0;
        int accepted = 0;
        int drafted = 0;
        for (Work part : work) {
            SequenceGroup group = part.sequence().group();
            if (!group.ended()) {
                try {
                    accepted += take(part, logits, row);
                } catch (RuntimeException e) {
                    fail(group, e);
                }
            }
            row += part.rows();
            drafted += part.drafted();
        }
        return new Drafts(accepted, drafted - accepted);
    }

    /** Returns how many drafted tokens have been chosen. */
    private int take(Work part, float[][] logits, int row) {
        Sequence sequence = part.sequence();
        SequenceGroup group = sequence.group();
        if (part.outputs() > 0 && group.wantsPromptLogprobs()) {
            for (int i = 0; i < part.outputs(); i++) {
                group.promptLogprobs(sequence.computed() - part.outputs() + i, logits[row + i]);
            }
        }
        if (part.drafted() > 0) {
            return chooseSeveral(sequence, logits, row);
        }
        prefixes.offer(sequence);
        if (!group.isForked() && sequence.computed() >= group.promptLength()) {
            fork(group, sequence);
        }
        if (part.outputs() > 0 && sequence.unread() == 0) {
            choose(sequence, logits[row + part.outputs() - 1]);
        }
        return 0;
    }

    private void fork(SequenceGroup group, Sequence leader) {
        SequenceCache cache = leader.cache().orElseThrow();
        for (Sequence other : group.live()) {
            if (other != leader) {
                other.open(cache.fork(
                        other.reservation().orElseThrow(),
                        listener.cacheListener(group.request().policy())));
            }
        }
        group.fork();
        if (!group.hasToken() && group.request().logprobs().ofPrompt()) {
            group.listener().onPromptRead(group.promptLogprobs());
        }
    }

    /** Chooses the next token of a sequence; the first, of all choices, because one has read the prompt for all. */
    private void choose(Sequence sequence, float[] logits) {
        SequenceGroup group = sequence.group();
        if (group.request().maxTokens() == 0) {
            group.live().forEach(unasked -> finish(unasked, FinishReason.LENGTH));
        } else if (group.hasToken()) {
            chooseNext(sequence, logits).ifPresent(reason -> finish(sequence, reason));
        } else {
            long now = clock.getAsLong();
            group.firstToken(now);
            listener.onFirstToken(now - group.request().arrivedNanos());
            group.sequences().forEach(each -> each.choose(logits, now).ifPresent(reason -> finish(each, reason)));
        }
        completeIfEnded(group);
    }

    /** Chooses the next token, and those after it as long as the draft has them; returns how many it had. */
    private int chooseSeveral(Sequence sequence, float[][] logits, int row) {
        Optional<FinishReason> end;
        int next = row;
        do {
            end = chooseNext(sequence, logits[next++]);
        } while (end.isEmpty() && sequence.follows());
        int drafted = sequence.endDraft();
        prefixes.offer(sequence);
        end.ifPresent(reason -> finish(sequence, reason));
        completeIfEnded(sequence.group());
        return drafted;
    }

    private Optional<FinishReason> chooseNext(Sequence sequence, float[] logits) {
        long now = clock.getAsLong();
        listener.onNextToken(now - sequence.lastTokenNanos());
        return sequence.choose(logits, now);
    }

    private void completeIfEnded(SequenceGroup group) {
        if (group.live().isEmpty()) {
            complete(group);
        }
    }

    private void finish(Sequence sequence, FinishReason reason) {
        tell(() -> ended.add(sequence, reason));
        String rest = sequence.finish(reason);
        sequence.group().listener().onChoiceFinished(sequence.choice(), rest, reason);
    }

    void cancel(SequenceGroup group) {
        if (!group.ended()) {
            tell(() -> group.live().forEach(sequence -> finish(sequence, FinishReason.CANCELLED)));
            complete(group);
        }
    }

    private void complete(SequenceGroup group) {
        Completion completion = group.completion(clock.getAsLong());
        end(group);
        listener.onFinished(group.id(), completion);
        tell(() -> group.listener().onFinished(completion));
    }

    private void fail(SequenceGroup group, RuntimeException cause) {
        if (!group.ended()) {
            LOG.error("Request {} failed", group.id(), cause);
            fail(group, GenerationException.failed(cause));
        }
    }

    private void fail(SequenceGroup group, GenerationException failure) {
        end(group);
        listener.onFailed(group.id(), failure);
        tell(() -> group.listener().onFailed(failure));
    }

    /** A listener of one request that throws must not end the other requests. */
    private static void tell(Runnable end) {
        try {
            end.run();
        } catch (RuntimeException e) {
            LOG.error("What ends a request failed", e);
        }
    }

    private void end(SequenceGroup group) {
        groups.remove(group.id());
        deadlines.remove(group);
        scheduler.retire(group);
        group.end();
    }

    private void report(List<Work> work, Drafts drafts, long forwardNanos, long chooseNanos) {
        int decodes = (int) work.stream()
                .filter(part -> part.sequence().generated() > 0 && part.tokens() == 1)
                .count();
        int tokens = work.stream().mapToInt(Work::tokens).sum();
        StepReport step =
                new StepReport(decodes, work.size() - decodes, tokens - decodes, drafts, forwardNanos, chooseNanos);
        backlog.measured(tokens + drafts.accepted(), forwardNanos + chooseNanos);
        listener.onStep(step);
    }

    /** Whether a step has succeeded. */
    boolean hasWorked() {
        return worked;
    }

    /** Fails all that is in flight, and frees what is kept. */
    void close(GenerationException why) {
        for (SequenceGroup group : scheduler.all()) {
            tell(() -> fail(group, why));
        }
        tell(prefixes::clear);
    }

    /** Returns what is in flight: those that run, then those that wait. */
    List<SequenceReport> report() {
        return scheduler.all().stream()
                .flatMap(group -> group.sequences().stream())
                .filter(sequence -> !sequence.isFinished())
                .map(SequenceReport::of)
                .toList();
    }

    /** Returns the last that have ended, then what is in flight. From now on, for some seconds, what ends is kept. */
    List<SequenceReport> watch() {
        ended.watched();
        List<SequenceReport> reports = new ArrayList<>(ended.reports());
        reports.addAll(report());
        return reports;
    }

    /** Returns what a choice holds, if it has begun, and what it held, if it is one of the last that have ended. */
    Optional<HeldTokens> held(long id, int choice) {
        return Optional.ofNullable(groups.get(id))
                .filter(group -> choice >= 0 && choice < group.sequences().size())
                .map(group -> group.sequences().get(choice))
                .flatMap(sequence -> sequence.cache().map(cache -> Ended.held(sequence, cache)))
                .or(() -> ended.held(id, choice));
    }

    long capacity() {
        return memory.capacity();
    }

    EngineStatus status() {
        return new EngineStatus(
                scheduler.runningSequences(),
                scheduler.waiting(),
                memory.used(),
                memory.reserved(),
                prefixes.size(),
                prefixes.bytes());
    }
}

package dev.sublinear.engine.generation;

import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.model.LanguageModel.Slice;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides which sequences run and what the next step reads. Owned by the engine thread; makes no tensors.
 *
 * <p>A request is admitted, in turn, once the most bytes that the caches of its sequences can need are reserved; so one
 * that runs never runs out of memory. A step has the newest token of every sequence that decodes, and chunks of prompts in
 * what is left of its tokens. Chunks end on an absolute grid, so that what a cache keeps does not depend on what else ran;
 * prompts take turns, so that a long one delays the others by a chunk. A step of a few sequences that decode has drafts of
 * their next tokens, too.
 *
 * <p>Where another tenant holds more, its newest gives way to a request for which there is no room; it is read again later, to
 * the same bits.
 *
 * <p>With overcommit, a request is admitted on the bytes that it is likely to need. Should it need more and there is none,
 * the newest gives way; it is read again later, to the same bits.
 */
final class Scheduler {
    /** Greatest number of rows of logits in one step for a prompt's logprobs; a row is as wide as the vocabulary. */
    private static final int MOST_ROWS = 64;

    private final KvShape shape;
    private final SchedulerSettings settings;
    private final PrefixCache prefixes;
    private final Backlog backlog;
    private final EngineListener listener;

    private final FairQueue waiting = new FairQueue();
    private final List<SequenceGroup> running = new ArrayList<>(); // in the order of admission
    private final TenantShares shares;
    private long turns;
    private boolean pressed; // something gave way since one ended: to admit now would only take the bytes back

    Scheduler(
            KvShape shape, SchedulerSettings settings, PrefixCache prefixes, Backlog backlog, EngineListener listener) {
        this.shape = shape;
        this.settings = settings;
        this.prefixes = prefixes;
        this.backlog = backlog;
        this.listener = listener;
        this.shares = new TenantShares(running, settings.maxRunning(), prefixes.capacity());
    }

    /** Queues a request that the backlog has counted. */
    void enqueue(SequenceGroup group) {
        waiting.add(group);
    }

    /** Admits the next waiting request, if there is memory for it, or will be once others have given way. */
    Optional<SequenceGroup> admit(long now) {
        return waiting.next(shares::mayRunMore).filter(this::makeRoom).map(group -> {
            String tenant = group.request().tenant();
            waiting.remove(group, true);
            backlog.leave(tenant, group.cost());
            running.add(group);
            shares.admitted(tenant);
            group.admitted(now);
            group.resume();
            return group;
        });
    }

    private boolean makeRoom(SequenceGroup group) {
        if (shares.isHeldBack(group.request().tenant())) {
            return false;
        }
        boolean mayTry = !pressed || running.isEmpty();
        if (mayTry && fits(group)) {
            return true;
        }
        long bytes = group.live().stream().mapToLong(this::bytesAtFirst).sum();
        for (Optional<SequenceGroup> next = shares.givingWayTo(group, bytes);
                next.isPresent();
                next = shares.givingWayTo(group, bytes)) {
            shares.gaveWay(next.get().request().tenant());
            preempt(next.get());
            if (fits(group)) {
                return true;
            }
        }
        return false;
    }

    private boolean fits(SequenceGroup group) {
        return runningSequences() + group.live().size() <= settings.maxRunning() && reserve(group);
    }

    private boolean reserve(SequenceGroup group) {
        for (Sequence sequence : group.live()) {
            long bytes = bytesAtFirst(sequence);
            Optional<KvMemory.Reservation> reservation =
                    running.isEmpty() ? prefixes.reserve(bytes) : prefixes.reserveBesideOthers(group.request(), bytes);
            if (reservation.isEmpty()) {
                group.release();
                return false;
            }
            sequence.reserve(reservation.get());
        }
        return true;
    }

    private long bytesAtFirst(Sequence sequence) {
        GenerationRequest request = sequence.group().request();
        if (!mayBeShort(request)) {
            return peakBytes(request);
        }
        int likely = (int) Math.ceil(settings.overcommit() * request.maxTokens());
        return shape.peakBytes(
                request.policy(),
                Math.min(
                        (int) request.positions(),
                        Math.max(sequence.group().promptLength() + likely, sequence.length() + 1)));
    }

    /** Whether a request may reserve less than it can need. With a guard it may not: a guard's budget is the reservation. */
    private boolean mayBeShort(GenerationRequest request) {
        return settings.overcommit() < 1 && !request.policy().guard().isOn();
    }

    /** Returns the most bytes that the cache of one sequence of a request can need. */
    long peakBytes(GenerationRequest request) {
        return shape.peakBytes(request.policy(), (int) request.positions());
    }

    /** Returns what the next step reads; nothing if nothing runs, or all wait for their constraints. */
    List<Work> next() {
        List<Work> step = compose();
        if (!step.isEmpty()) {
            shares.step();
        }
        return step;
    }

    private List<Work> compose() {
        if (settings.overcommit() < 1) {
            cover();
        }
        Optional<SequenceGroup> suspect =
                running.stream().filter(SequenceGroup::isSuspect).findFirst();
        return suspect.isPresent() ? alone(suspect.get()) : together();
    }

    private List<Work> alone(SequenceGroup suspect) {
        return suspect.reading().stream()
                .min(Comparator.comparingInt(Sequence::computed))
                .map(this::work)
                .filter(Scheduler::isReady)
                .stream()
                .toList();
    }

    private List<Work> together() {
        List<Work> step = new ArrayList<>();
        List<Sequence> prompts = new ArrayList<>();
        for (SequenceGroup group : running) {
            for (Sequence sequence : group.reading()) {
                Work work = work(sequence);
                if (sequence.unread() > 1) {
                    prompts.add(sequence);
                } else if (isReady(work)) {
                    step.add(work);
                }
            }
        }
        prompts.sort(Comparator.comparingLong(sequence -> sequence.group().turn()));
        int room = settings.maxBatchTokens() - step.size();
        for (Sequence sequence : prompts) {
            Work work = work(sequence);
            if (work.tokens() <= room && isReady(work)) {
                room -= work.tokens();
                sequence.group().tookTurn(++turns);
                step.add(work);
            }
        }
        return step.stream().allMatch(work -> decodes(work.sequence())) ? drafted(step) : step;
    }

    /** Whether all but its newest token is read: a chunk may be one token, too. */
    private static boolean decodes(Sequence sequence) {
        return sequence.generated() > 0 && sequence.unread() == 1;
    }

    /** Adds drafts to a step that decodes, in equal shares, where so few rows are cheap. */
    private static List<Work> drafted(List<Work> step) {
        int each = step.isEmpty() ? 0 : Drafter.MOST_ROWS / step.size() - 1;
        return each <= 0
                ? step
                : step.stream().map(work -> work.drafting(each, step.size())).toList();
    }

    /** Whether a token can be chosen after it at once, if one is; by all choices where they fork. */
    private static boolean isReady(Work work) {
        SequenceGroup group = work.sequence().group();
        return work.tokens() < work.sequence().unread()
                || (group.isForked()
                        ? work.sequence().isReady()
                        : group.live().stream().allMatch(Sequence::isReady));
    }

    /** A chunk of its unread tokens, up to the grid, and to the end of the prompt where the others fork. */
    private Work work(Sequence sequence) {
        SequenceGroup group = sequence.group();
        int computed = sequence.computed();
        int tokens = Math.min(sequence.unread(), settings.prefillChunk() - computed % settings.prefillChunk());
        if (computed < group.promptLength()) {
            tokens = Math.min(tokens, group.promptLength() - computed);
        }
        if (computed < group.promptLength() && group.wantsPromptLogprobs()) {
            tokens = Math.min(tokens, MOST_ROWS - computed % MOST_ROWS);
            return new Work(sequence, tokens, tokens);
        }
        return new Work(sequence, tokens, tokens == sequence.unread() ? 1 : 0);
    }

    /**
     * Part of a step.
     *
     * @param tokens how many of the sequence's unread tokens it reads
     * @param outputs after how many of the last of these logits are wanted
     * @param drafted how many tokens more it reads, and wants the logits of, which may turn out not to be the sequence's
     */
    record Work(Sequence sequence, int tokens, int outputs, int drafted) {
        Work(Sequence sequence, int tokens, int outputs) {
            this(sequence, tokens, outputs, 0);
        }

        private Work drafting(int most, int sequences) {
            return new Work(sequence, tokens, outputs, sequence.draft(most, sequences));
        }

        /** Reads the tokens: what the model is to compute. */
        Slice slice() {
            return new Slice(sequence.cache().orElseThrow(), sequence.read(tokens), rows());
        }

        /** Of how many tokens the model returns logits. */
        int rows() {
            return outputs + drafted;
        }
    }

    /** Extends the reservations of the sequences that read in this step, oldest first; evicts and preempts to do so. */
    private void cover() {
        for (SequenceGroup group : List.copyOf(running)) {
            for (Sequence sequence : group.reading()) {
                while (running.contains(group) && !covered(sequence)) {
                    if (!prefixes.evictOldest()) {
                        pressed = true;
                        preempt(running.get(running.size() - 1));
                    }
                }
            }
        }
    }

    private boolean covered(Sequence sequence) {
        Optional<KvMemory.Reservation> reservation = sequence.reservation();
        if (reservation.isEmpty() || !mayBeShort(sequence.group().request())) {
            return true;
        }
        long bytes = reservation.get().bytes();
        Work work = work(sequence);
        int seen = sequence.computed() + work.tokens();
        long needed = shape.peakBytes(sequence.group().request().policy(), seen);
        if (needed <= bytes) {
            return true;
        }
        int further = (int) Math.min(sequence.group().request().positions(), (long) seen + settings.prefillChunk());
        long ample = shape.peakBytes(sequence.group().request().policy(), further);
        return reservation.get().extend(ample - bytes) || reservation.get().extend(needed - bytes);
    }

    private void preempt(SequenceGroup group) {
        running.remove(group);
        group.preempt();
        waiting.addFirst(group);
        backlog.enterAgain(group.request().tenant(), group.cost());
        listener.onPreempted(group.id());
    }

    /** Removes a request that has ended, from the running or the waiting ones. */
    void retire(SequenceGroup group) {
        String tenant = group.request().tenant();
        if (running.remove(group)) {
            pressed = false;
            shares.ended(tenant);
        } else if (waiting.remove(group, false)) {
            backlog.leave(tenant, group.cost());
        }
    }

    /** All running requests, then all waiting ones. */
    List<SequenceGroup> all() {
        List<SequenceGroup> all = new ArrayList<>(running);
        all.addAll(waiting.all());
        return all;
    }

    List<SequenceGroup> running() {
        return running;
    }

    /** The number of sequences that run or will run once their prompt has been read. */
    int runningSequences() {
        return running.stream().mapToInt(group -> group.live().size()).sum();
    }

    int waiting() {
        return waiting.size();
    }
}

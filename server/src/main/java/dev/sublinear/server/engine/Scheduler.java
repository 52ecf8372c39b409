package dev.sublinear.server.engine;

import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Decides which sequences run and what the next step reads. Owned by the engine thread; holds no tensors.
 *
 * <p>A sequence is admitted, in the order of arrival, once the most bytes that its cache can need are reserved; so one
 * that runs never runs out of memory. A prompt is read in chunks whose ends lie on an absolute grid, so that what its
 * cache keeps does not depend on what else ran.
 */
final class Scheduler {
    /** Chunks of a prompt end at multiples of this many tokens. */
    static final int GRID = 256;

    private final KvMemory memory;
    private final KvShape shape;
    private final int maxRunning;
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    private final List<Sequence> running = new ArrayList<>();

    Scheduler(KvMemory memory, KvShape shape, int maxRunning) {
        this.memory = memory;
        this.shape = shape;
        this.maxRunning = maxRunning;
    }

    void enqueue(Sequence sequence) {
        waiting.add(sequence);
    }

    /** Lets the first of those that wait run, if its memory is free. */
    Optional<Sequence> admit(long now) {
        Sequence first = waiting.peek();
        if (first == null || running.size() == maxRunning) {
            return Optional.empty();
        }
        return memory.reserve(peakBytes(first.request())).map(reservation -> {
            first.admit(reservation, now);
            running.add(waiting.remove());
            return first;
        });
    }

    /** Returns the most bytes that the cache of a request can need. */
    long peakBytes(GenerationRequest request) {
        return shape.peakBytes(request.policy(), (int) request.positions());
    }

    /** Returns what the next step reads: of each running sequence a chunk of its prompt, or its newest token. */
    List<Work> next() {
        return running.stream().map(Scheduler::nextChunk).toList();
    }

    private static Work nextChunk(Sequence sequence) {
        int toGrid = GRID - sequence.computed() % GRID;
        int tokens = Math.min(sequence.unread(), toGrid);
        return new Work(sequence, tokens, tokens == sequence.unread() ? 1 : 0);
    }

    /**
     * Part of a step.
     *
     * @param tokens how many of the sequence's unread tokens it reads
     * @param outputs 1 when a token can be chosen after it, else 0
     */
    record Work(Sequence sequence, int tokens, int outputs) {}

    void retire(Sequence sequence) {
        if (!running.remove(sequence)) {
            waiting.remove(sequence);
        }
    }

    Collection<Sequence> all() {
        List<Sequence> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    int running() {
        return running.size();
    }

    int waiting() {
        return waiting.size();
    }
}

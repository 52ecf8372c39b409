package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.HeldTokens;
import dev.sublinear.engine.model.SequenceCache;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The last few sequences that ended, for the live view: a short answer ends between two of its polls. They are recorded
 * only while the view polls, because recording copies the contents of a cache. Owned by the engine thread.
 */
final class Ended {
    private static final int MOST = 4;
    private static final long WATCHED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LongSupplier clock;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private long askedNanos;
    private boolean asked;

    private record Kept(SequenceReport report, HeldTokens held) {}

    /** @param clock in nanoseconds */
    Ended(LongSupplier clock) {
        this.clock = clock;
    }

    /** The live view has polled: sequences that end in the next 5 seconds are recorded. */
    void watched() {
        asked = true;
        askedNanos = clock.getAsLong();
    }

    /** Records a sequence that ends, while it still has its cache. */
    void add(Sequence sequence, FinishReason reason) {
        if (!asked) {
            return;
        }
        if (clock.getAsLong() - askedNanos > WATCHED_NANOS) {
            asked = false;
            kept.clear();
            return;
        }
        sequence.cache().ifPresent(cache -> {
            kept.addLast(new Kept(SequenceReport.of(sequence).endedBy(reason), held(sequence, cache)));
            if (kept.size() > MOST) {
                kept.removeFirst();
            }
        });
    }

    /** Copies what a sequence consists of, and what its cache holds of it now. */
    static HeldTokens held(Sequence sequence, SequenceCache cache) {
        return new HeldTokens(
                sequence.group().request().policy(), sequence.tokens(sequence.length()), cache.retained());
    }

    List<SequenceReport> reports() {
        return kept.stream().map(Kept::report).toList();
    }

    Optional<HeldTokens> held(long id, int choice) {
        return kept.stream()
                .filter(each -> each.report().id() == id && each.report().choice() == choice)
                .map(Kept::held)
                .findFirst();
    }
}

package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.HeldTokens;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The sequences that ended last, as they stood then: a short answer is over before whoever watches it has asked twice. Kept
 * only while somebody asks, and only few, because what a cache held must be copied out of it. Owned by the engine thread.
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

    /** Somebody watches: what ends in the next seconds is kept. */
    void watched() {
        asked = true;
        askedNanos = clock.getAsLong();
    }

    /** A sequence ends, and still has its cache. */
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
            kept.addLast(new Kept(
                    SequenceReport.of(sequence).endedBy(reason),
                    new HeldTokens(sequence.tokens(sequence.length()), cache.retained())));
            if (kept.size() > MOST) {
                kept.removeFirst();
            }
        });
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

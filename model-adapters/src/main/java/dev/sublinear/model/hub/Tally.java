package dev.sublinear.model.hub;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Counts the bytes that come, and how fast they came over the last seconds. */
final class Tally {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(5);
    private static final long GRAIN = TimeUnit.MILLISECONDS.toNanos(100);
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long total;
    private final DownloadProgress.Listener listener;
    private final LongSupplier clock;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long done;
    private long received;

    /** @param clock in nanoseconds */
    Tally(long total, DownloadProgress.Listener listener, LongSupplier clock) {
        this.total = total;
        this.listener = listener;
        this.clock = clock;
        marks.add(new Mark(clock.getAsLong(), 0));
    }

    private record Mark(long nanos, long received) {}

    /** Counts bytes that came over the network. */
    void received(long bytes, String file) {
        received += bytes;
        done += bytes;
        long now = clock.getAsLong();
        if (now - marks.getLast().nanos() >= GRAIN) {
            marks.add(new Mark(now, received));
            while (marks.size() > 2 && now - marks.getFirst().nanos() > WINDOW) {
                marks.removeFirst();
            }
        }
        tell(file);
    }

    /** Counts bytes that were in the cache before; a negative number for bytes that were thrown away. */
    void found(long bytes, String file) {
        done += bytes;
        tell(file);
    }

    private void tell(String file) {
        long nanos = clock.getAsLong() - marks.getFirst().nanos();
        double rate = nanos < GRAIN ? 0 : (received - marks.getFirst().received()) / (nanos / NANOS);
        listener.at(new DownloadProgress(done, total, rate, file));
    }
}

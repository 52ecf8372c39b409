package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds how often each caller may ask: several times in a row, then once in each period. Owned by the event loop.
 */
final class RateLimit {
    /** The number of callers that are remembered; a forgotten one begins anew. */
    private static final int CALLERS = 10_000;

    private final int atOnce;
    private final long nanosEach;
    private final LongSupplier clock;
    private final LinkedHashMap<String, Long> paidUntil = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > CALLERS;
        }
    };

    /**
     * A limit.
     *
     * @param atOnce requests that a caller may send in a row
     * @param each how long it takes to pay off one request: the period
     * @param clock in nanoseconds, as {@link System#nanoTime}
     */
    RateLimit(int atOnce, Duration each, LongSupplier clock) {
        this.atOnce = atOnce;
        this.nanosEach = each.toNanos();
        this.clock = clock;
    }

    /**
     * Counts a request.
     *
     * @throws ApiError if the caller has to wait; it says how many seconds
     */
    void count(String caller) {
        long now = clock.getAsLong();
        long until = paidUntil.getOrDefault(caller, now);
        long paid = (until - now < 0 ? now : until) + nanosEach;
        long wait = paid - now - atOnce * nanosEach;
        if (wait > 0) {
            throw ApiError.rateLimitExceeded((int) (wait / TimeUnit.SECONDS.toNanos(1)) + 1);
        }
        paidUntil.put(caller, paid);
    }
}

package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets each caller ask so often. A caller who asked nothing for a while may ask several times at once. Owned by the
 * event loop.
 */
final class RateLimit {
    /** Callers that are remembered; who has been forgotten begins anew. */
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
     * @param each how long a caller pays for one request
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
     * @throws ApiError if the caller has to wait, and how long
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

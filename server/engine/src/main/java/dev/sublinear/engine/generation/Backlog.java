package dev.sublinear.engine.generation;

import dev.sublinear.engine.fairness.DynamicThreshold;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The number of requests that wait, their tokens, and an estimate of how long they wait. For all threads.
 *
 * <p>A tenant may have all of a limit waiting while it is alone, two thirds if there are two, see {@link DynamicThreshold}.
 */
final class Backlog {
    private static final int LONGEST_SECONDS = 600;
    private static final double JITTER = 0.25; // lest all come again at once
    private static final double HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final DynamicThreshold requests;
    private final DynamicThreshold tokens;
    private double tokensPerNano;

    /**
     * An empty one.
     *
     * @param mostRequests of a tenant, if it is alone
     * @param mostTokens of these; one request may be larger
     */
    Backlog(int mostRequests, long mostTokens) {
        this.requests = DynamicThreshold.ofOne(mostRequests);
        this.tokens = DynamicThreshold.ofOne(mostTokens);
    }

    /**
     * Counts one more waiting request.
     *
     * @param cost tokens of its prompt and answers
     *
     * @throws RejectedException if the queue is full
     */
    synchronized void enter(String tenant, long cost) {
        if (!requests.allows(tenant, 1)) {
            throw full("%s requests are waiting already", requests.held());
        }
        if (requests.of(tenant) > 0 && !tokens.allows(tenant, cost)) {
            throw full("requests of %s tokens are waiting already, and this one may take %s", tokens.held(), cost);
        }
        enterAgain(tenant, cost);
    }

    private RejectedException full(String message, Object... values) {
        return new RejectedException(RejectedException.Reason.QUEUE_FULL, retryAfterSeconds(), message, values);
    }

    /** Counts a preempted request, which waits again and is never refused. */
    synchronized void enterAgain(String tenant, long cost) {
        requests.add(tenant, 1);
        tokens.add(tenant, cost);
    }

    synchronized void leave(String tenant, long cost) {
        requests.remove(tenant, 1);
        tokens.remove(tenant, cost);
    }

    synchronized int requests() {
        return Math.toIntExact(requests.held());
    }

    synchronized long tokens() {
        return tokens.held();
    }

    /** Updates the estimated rate from one step, which read {@code stepTokens} tokens in {@code nanos} nanoseconds. */
    synchronized void measured(int stepTokens, long nanos) {
        double rate = stepTokens / (double) Math.max(1, nanos);
        double old = tokensPerNano == 0 ? 0 : Math.pow(0.5, nanos / HALF_LIFE_NANOS);
        tokensPerNano = old * tokensPerNano + (1 - old) * rate;
    }

    /** Seconds until the waiting tokens are read at the measured rate, plus random jitter; 1 before any measurement. */
    synchronized int retryAfterSeconds() {
        if (tokensPerNano == 0) {
            return 1;
        }
        double seconds = tokens.held() / tokensPerNano / TimeUnit.SECONDS.toNanos(1);
        double jittered = seconds * (1 + JITTER * ThreadLocalRandom.current().nextDouble());
        return (int) Math.max(1, Math.min(LONGEST_SECONDS, Math.ceil(jittered)));
    }
}

package dev.sublinear.engine.generation;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The number of requests that wait, their tokens, and an estimate of how long they wait. For all threads. */
final class Backlog {
    private static final int LONGEST_SECONDS = 600;
    private static final double JITTER = 0.25; // lest all come again at once
    private static final double HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int mostRequests;
    private final long mostTokens;
    private int requests;
    private long tokens;
    private double tokensPerNano;

    Backlog(int mostRequests, long mostTokens) {
        this.mostRequests = mostRequests;
        this.mostTokens = mostTokens;
    }

    /**
     * Counts one more waiting request.
     *
     * @param cost tokens of its prompt and answers
     *
     * @throws RejectedException if the queue is full
     */
    synchronized void enter(long cost) {
        if (requests >= mostRequests) {
            throw full("%s requests are waiting already", requests);
        }
        if (requests > 0 && cost > mostTokens - tokens) {
            throw full("requests of %s tokens are waiting already, and this one may take %s", tokens, cost);
        }
        enterAgain(cost);
    }

    private RejectedException full(String message, Object... values) {
        return new RejectedException(RejectedException.Reason.QUEUE_FULL, retryAfterSeconds(), message, values);
    }

    /** Counts a preempted request, which waits again and is never refused. */
    synchronized void enterAgain(long cost) {
        requests++;
        tokens += cost;
    }

    synchronized void leave(long cost) {
        requests--;
        tokens -= cost;
    }

    synchronized int requests() {
        return requests;
    }

    synchronized long tokens() {
        return tokens;
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
        double seconds = tokens / tokensPerNano / TimeUnit.SECONDS.toNanos(1);
        double jittered = seconds * (1 + JITTER * ThreadLocalRandom.current().nextDouble());
        return (int) Math.max(1, Math.min(LONGEST_SECONDS, Math.ceil(jittered)));
    }
}

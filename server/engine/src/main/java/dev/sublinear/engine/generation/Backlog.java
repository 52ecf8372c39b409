package dev.sublinear.engine.generation;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The number of requests that wait, their tokens, and an estimate of how long they wait. For all threads.
 *
 * <p>A tenant may have no more waiting than would then be left for others of twice the limit: all of the limit if it is alone, two
 * thirds each if there are two, and there is always room for one more.
 */
final class Backlog {
    private static final int LONGEST_SECONDS = 600;
    private static final double JITTER = 0.25; // lest all come again at once
    private static final double HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int mostRequests;
    private final long mostTokens;
    private final Map<String, Waiting> tenants = new HashMap<>();
    private int requests;
    private long tokens;
    private double tokensPerNano;

    /** What waits of one tenant. */
    private record Waiting(int requests, long tokens) {
        private static final Waiting NOTHING = new Waiting(0, 0);

        Waiting and(int more, long cost) {
            return new Waiting(requests + more, tokens + cost);
        }
    }

    /**
     * An empty one.
     *
     * @param mostRequests of a tenant, if it is alone
     * @param mostTokens of these; one request may be larger
     */
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
    synchronized void enter(String tenant, long cost) {
        Waiting own = tenants.getOrDefault(tenant, Waiting.NOTHING);
        if ((own.requests() + requests + 1) / 2 >= mostRequests) {
            throw full("%s requests are waiting already", requests);
        }
        if (own.requests() > 0 && (own.tokens() + tokens + 1) / 2 > mostTokens - cost) {
            throw full("requests of %s tokens are waiting already, and this one may take %s", tokens, cost);
        }
        enterAgain(tenant, cost);
    }

    private RejectedException full(String message, Object... values) {
        return new RejectedException(RejectedException.Reason.QUEUE_FULL, retryAfterSeconds(), message, values);
    }

    /** Counts a preempted request, which waits again and is never refused. */
    synchronized void enterAgain(String tenant, long cost) {
        tenants.merge(tenant, new Waiting(1, cost), (own, one) -> own.and(1, cost));
        requests++;
        tokens += cost;
    }

    synchronized void leave(String tenant, long cost) {
        tenants.computeIfPresent(tenant, (name, own) -> own.requests() == 1 ? null : own.and(-1, -cost));
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

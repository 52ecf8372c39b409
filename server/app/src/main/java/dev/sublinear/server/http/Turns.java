package dev.sublinear.server.http;

import dev.sublinear.engine.fairness.DynamicThreshold;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One thread that works for everybody, and before which callers take turns: each has the same amount of work done, however much
 * it asks for, and who comes anew waits for at most one turn of each other. What waits is bounded, too, for each caller by a
 * {@link DynamicThreshold}.
 *
 * <p>Goyal, Vin and Cheng, <a href="https://doi.org/10.1109/90.649569">Start-time fair queueing</a>, 1997.
 */
final class Turns implements AutoCloseable {
    private final ThreadPoolExecutor thread;
    private final DynamicThreshold waiting;
    private final Map<String, Long> paidUntil = new HashMap<>(); // by the clock; of callers that are ahead of it
    private long clock; // the work done for each that always waits
    private long last;

    /**
     * Makes the thread, which begins with the first turn.
     *
     * @param most turns that one caller may wait for while nobody else waits
     */
    Turns(String name, int most) {
        this.waiting = DynamicThreshold.ofOne(most);
        this.thread = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), task -> {
            Thread worker = new Thread(task, name);
            worker.setDaemon(true);
            return worker;
        });
    }

    private final class Turn implements Runnable, Comparable<Turn> {
        private final String caller;
        private final Runnable work;
        private final long start;
        private final long number;

        private Turn(String caller, Runnable work, long start, long number) {
            this.caller = caller;
            this.work = work;
            this.start = start;
            this.number = number;
        }

        @Override
        public void run() {
            begin(this);
            work.run();
        }

        @Override
        public int compareTo(Turn other) {
            int byStart = Long.compare(start, other.start);
            return byStart == 0 ? Long.compare(number, other.number) : byStart;
        }
    }

    /**
     * Has work done when it is its turn.
     *
     * @param cost an estimate of the work, in any unit
     * @throws RejectedExecutionException if too much of this caller waits already
     */
    synchronized void take(String caller, long cost, Runnable work) {
        if (!waiting.allows(caller, 1)) {
            throw new RejectedExecutionException(caller);
        }
        long start = Math.max(clock, paidUntil.getOrDefault(caller, clock));
        thread.execute(new Turn(caller, work, start, ++last));
        paidUntil.put(caller, start + cost);
        waiting.add(caller, 1);
    }

    private synchronized void begin(Turn turn) {
        clock = turn.start;
        paidUntil.values().removeIf(until -> until <= clock);
        waiting.remove(turn.caller, 1);
    }

    /** What waits is not done any more. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}

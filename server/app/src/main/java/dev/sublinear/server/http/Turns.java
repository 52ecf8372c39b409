package dev.sublinear.server.http;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One thread that works for everybody, and before which callers take turns: each has the same amount of work done, however much
 * it asks for, and who comes anew waits for at most one turn of each other. What waits is bounded, too, for each caller by what
 * would then be left for others.
 *
 * <p>Goyal, Vin and Cheng, <a href="https://doi.org/10.1109/90.649569">Start-time fair queueing</a>, 1997.
 */
final class Turns implements AutoCloseable {
    private final int most;
    private final ThreadPoolExecutor thread;
    private final Map<String, Integer> waiting = new HashMap<>();
    private final Map<String, Long> paidUntil = new HashMap<>(); // by the clock; of callers that are ahead of it
    private int all;
    private long clock; // the work done for each that always waits
    private long last;

    /**
     * Makes the thread, which begins with the first turn.
     *
     * @param most turns that one caller may wait for while nobody else waits
     */
    Turns(String name, int most) {
        this.most = 2 * most;
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
        int own = waiting.getOrDefault(caller, 0) + 1;
        if (own >= most - all) {
            throw new RejectedExecutionException(caller);
        }
        long start = Math.max(clock, paidUntil.getOrDefault(caller, clock));
        thread.execute(new Turn(caller, work, start, ++last));
        paidUntil.put(caller, start + cost);
        waiting.put(caller, own);
        all++;
    }

    private synchronized void begin(Turn turn) {
        clock = turn.start;
        paidUntil.values().removeIf(until -> until <= clock);
        waiting.computeIfPresent(turn.caller, (name, count) -> count == 1 ? null : count - 1);
        all--;
    }

    /** What waits is not done any more. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}

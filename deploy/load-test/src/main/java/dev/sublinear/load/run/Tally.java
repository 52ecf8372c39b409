package dev.sublinear.load.run;

import dev.sublinear.load.client.Outcome;
import dev.sublinear.load.client.Outcome.Slo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Counts what becomes of a stage's requests. Latencies and outcomes are of the requests that were due while it counted,
 * rates of what ended then.
 */
public final class Tally {
    private static final long LONGEST = TimeUnit.HOURS.toNanos(1);
    private static final int MOST_PROBLEMS = 20;

    private final Slo slo;
    private final Histogram ttft = histogram();
    private final Histogram interToken = histogram();
    private final Histogram tpot = histogram();
    private final Histogram endToEnd = histogram();
    private final Histogram refusal = histogram();
    private final Histogram lateness = histogram();
    private final List<String> problems = new ArrayList<>();
    private long begin;
    private long end = Long.MAX_VALUE;
    private long due;
    private long completed;
    private long refused;
    private long failed;
    private long differing;
    private long dropped;
    private long endedWithin;
    private long goodWithin;
    private long tokensWithin;

    public Tally(Slo slo) {
        this.slo = slo;
    }

    private static Histogram histogram() {
        return new Histogram(LONGEST, 3);
    }

    /** Counts from here to there, by {@link System#nanoTime}. */
    void window(long from, long to) {
        begin = from;
        end = to;
    }

    /** Ends the counting of rates. */
    void close(long now) {
        end = now;
    }

    private boolean counts(long at) {
        return at - begin >= 0 && at - end < 0;
    }

    /** One goes out, later than it was due by the client's own doing. */
    void sent(long dueAt, long now) {
        if (counts(dueAt)) {
            due++;
            record(lateness, now - dueAt);
        }
    }

    /** One does not go out: the client has no connection left for it. */
    void dropped(long dueAt) {
        if (counts(dueAt)) {
            due++;
            dropped++;
        }
    }

    void token(boolean first, long nanos, long now) {
        if (counts(now)) {
            tokensWithin++;
            if (!first) {
                record(interToken, nanos);
            }
        }
    }

    void ended(Outcome outcome) {
        if (counts(outcome.end())) {
            endedWithin += outcome.kind() == Outcome.Kind.COMPLETED ? 1 : 0;
            goodWithin += outcome.meets(slo) ? 1 : 0;
        }
        if (outcome.kind() == Outcome.Kind.FAILED || outcome.kind() == Outcome.Kind.DIFFERS) {
            count(outcome); // an error is one whenever it happens
        } else if (counts(outcome.due())) {
            count(outcome);
        }
    }

    private void count(Outcome outcome) {
        switch (outcome.kind()) {
            case COMPLETED -> {
                completed++;
                record(ttft, outcome.ttft());
                record(endToEnd, outcome.endToEnd());
                if (outcome.tokens() > 1) {
                    record(tpot, outcome.tpot());
                }
            }
            case REFUSED -> {
                refused++;
                record(refusal, outcome.endToEnd());
            }
            case DIFFERS -> {
                differing++;
                note("differs: " + outcome.problem());
            }
            case FAILED -> {
                failed++;
                note("failed: " + outcome.problem());
            }
        }
    }

    /** So many never ended. */
    void unended(int count) {
        if (count > 0) {
            failed += count;
            note("failed: " + count + " requests had no end long after the last was sent");
        }
    }

    private void note(String problem) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(problem);
        }
    }

    private static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.max(0, Math.min(LONGEST, nanos)));
    }

    /** Returns what was counted; {@code end} is where the window ended at the latest. */
    public Counts counts(double seconds) {
        return new Counts(
                seconds,
                due,
                completed,
                refused,
                failed,
                differing,
                dropped,
                endedWithin / seconds,
                goodWithin / seconds,
                tokensWithin / seconds,
                Latency.of(ttft),
                Latency.of(interToken),
                Latency.of(tpot),
                Latency.of(endToEnd),
                Latency.of(refusal),
                Latency.of(lateness),
                List.copyOf(problems));
    }

    long begin() {
        return begin;
    }

    /** What became of requests. */
    public record Counts(
            double seconds,
            long due,
            long completed,
            long refused,
            long failed,
            long differing,
            long dropped,
            double completedPerSecond,
            double goodPerSecond,
            double tokensPerSecond,
            Latency ttft,
            Latency interToken,
            Latency tpot,
            Latency endToEnd,
            Latency refusal,
            Latency clientLateness,
            List<String> problems) {

        /** Whether every request got its golden answer, or was told when to come again. */
        boolean isClean() {
            return failed == 0 && differing == 0;
        }
    }

    /** Of a histogram, in milliseconds. */
    public record Latency(long count, double mean, double p50, double p90, double p99, double p999, double max) {
        static Latency of(Histogram nanos) {
            return new Latency(
                    nanos.getTotalCount(),
                    millis(nanos.getMean()),
                    millis((double) nanos.getValueAtPercentile(50)),
                    millis((double) nanos.getValueAtPercentile(90)),
                    millis((double) nanos.getValueAtPercentile(99)),
                    millis((double) nanos.getValueAtPercentile(99.9)),
                    millis((double) nanos.getMaxValue()));
        }

        private static double millis(double nanos) {
            return Math.round(nanos / 1e3) / 1e3;
        }
    }
}

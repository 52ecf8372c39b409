package dev.sublinear.load.client;

import java.time.Duration;

/**
 * What became of a request. Times are of {@link System#nanoTime}.
 *
 * @param due when it was to be sent
 * @param first when the first token came; {@code due} if none did
 * @param end when the last byte came, or the failure
 * @param tokens of the answer
 * @param problem what was wrong with it; empty if nothing was
 */
public record Outcome(Kind kind, long due, long first, long end, int tokens, String problem) {

    /** How it ended. */
    public enum Kind {
        /** With the golden answer. */
        COMPLETED,
        /** With another answer. */
        DIFFERS,
        /** With a status of 429 or 503, and when to come again. */
        REFUSED,
        /** With anything else. */
        FAILED
    }

    /** Time to first token: first token − due. */
    public long ttft() {
        return first - due;
    }

    /** End to end: last byte − due. */
    public long endToEnd() {
        return end - due;
    }

    /** Time per output token after the first: (end to end − TTFT) / (tokens − 1); zero for a single token. */
    public long tpot() {
        return tokens > 1 ? (end - first) / (tokens - 1) : 0;
    }

    public boolean meets(Slo slo) {
        return kind == Kind.COMPLETED
                && ttft() <= slo.ttft().toNanos()
                && tpot() <= slo.tpot().toNanos();
    }

    /** What a request must keep to count as goodput. */
    public record Slo(Duration ttft, Duration tpot) {
        @Override
        public String toString() {
            return "TTFT ≤ %d ms and TPOT ≤ %d ms".formatted(ttft.toMillis(), tpot.toMillis());
        }
    }
}

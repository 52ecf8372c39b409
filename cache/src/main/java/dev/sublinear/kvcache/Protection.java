package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

/**
 * Tokens that are kept whatever their score. All of them count towards the budget.
 *
 * @param sinks the first tokens of the sequence, on which attention rests when it needs nothing
 * @param recent the newest tokens, at the least
 * @param recentShare the newest tokens as a share of the budget, where that is more than {@code recent}
 * @param pinned positions that the caller wants kept, such as those of a system prompt
 */
public record Protection(int sinks, int recent, double recentShare, Span pinned) {

    /** Four sinks, a quarter of the budget for the newest but at least 32, nothing pinned. */
    public static final Protection DEFAULT = new Protection(4, 32, 0.25, Span.EMPTY);

    public Protection {
        require(sinks >= 0, "sinks must not be negative, was %s", sinks);
        require(recent >= 0, "recent must not be negative, was %s", recent);
        require(recentShare >= 0 && recentShare < 1, "recent-share must be in [0, 1), was %s", recentShare);
    }

    /** Returns the newest tokens that are protected under a budget, in tokens. */
    public int recent(int budget) {
        return Math.max(recent, (int) (recentShare * budget));
    }

    /** Returns the most tokens that are protected under a budget. */
    public int tokens(int budget) {
        return (int) Math.min(Integer.MAX_VALUE, (long) sinks + recent(budget) + pinned.length());
    }

    /** Returns this protection with other positions pinned. */
    public Protection pinning(Span span) {
        return new Protection(sinks, recent, recentShare, span);
    }

    /**
     * Positions of a sequence.
     *
     * @param from the first
     * @param to behind the last
     */
    public record Span(int from, int to) {
        public static final Span EMPTY = new Span(0, 0);

        public Span {
            require(from >= 0 && to >= from, "a span must satisfy 0 <= from <= to, was [%s, %s)", from, to);
        }

        public int length() {
            return to - from;
        }

        public boolean contains(int position) {
            return position >= from && position < to;
        }
    }
}

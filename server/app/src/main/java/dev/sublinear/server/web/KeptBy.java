package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.kvcache.LayerPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.Arrays;
import java.util.Optional;

/**
 * Why a head still holds a token: what would keep it there if its layer were trimmed now.
 *
 * @param score by which the head ranks it
 * @param rank its place, 1 for the highest score, among the tokens that nothing protects; 0 for one that is protected, or where
 *     the policy never chooses
 * @param ranked how many tokens of the head nothing protects
 */
public record KeptBy(Reason reason, double score, int rank, int ranked) {

    /** In the order in which they are asked: a sink that is also recent is kept as a sink. */
    public enum Reason {
        /** One of the first tokens of the sequence. */
        @JsonProperty("sink")
        SINK,
        /** The request wants it kept, as those of a system message. */
        @JsonProperty("pinned")
        PINNED,
        /** One of the newest tokens, of which a share of the budget is protected. */
        @JsonProperty("recent")
        RECENT,
        /** The head has evicted nothing yet. */
        @JsonProperty("room")
        ROOM,
        /** Its score is high enough. */
        @JsonProperty("score")
        SCORE,
        /** Nothing: the next trim evicts it, unless a guard raises the budget. */
        @JsonProperty("next_trim")
        NEXT_TRIM
    }

    /**
     * Returns why a head holds a token.
     *
     * @param policy of the layer
     * @param seen tokens that the layer has seen
     * @param held what the layer holds
     * @return empty if the head has evicted it
     */
    static Optional<KeptBy> of(LayerPolicy policy, int seen, RetainedTokens held, int head, int position) {
        int slot = Arrays.binarySearch(held.positions()[head], position);
        return slot < 0 ? Optional.empty() : Optional.of(new Head(policy, seen, held, head).keptBy(slot));
    }

    /** The tokens of one head, in the order of the sequence. */
    private record Head(Protection protection, int seen, int firstInside, int keep, HeldRow row, boolean ranks) {

        Head(LayerPolicy policy, int seen, RetainedTokens held, int head) {
            this(
                    policy.protection(),
                    seen,
                    policy.window() == 0 ? 0 : seen - policy.window(),
                    policy.keep(head, seen),
                    new HeldRow(held.positions()[head], held.scores()[head]),
                    policy.chooses());
        }

        KeptBy keptBy(int slot) {
            int ranked = 0;
            int rank = 1;
            for (int other = 0; other < length(); other++) {
                if (!isProtected(row.positions[other])) {
                    ranked++;
                    rank += staysLonger(other, slot) ? 1 : 0;
                }
            }
            int position = row.positions[slot];
            if (isProtected(position)) {
                return new KeptBy(protector(position), row.scores[slot], 0, ranked);
            }
            int evicted = Math.max(0, length() - keep);
            Reason reason = length() == seen ? Reason.ROOM : Reason.SCORE;
            return new KeptBy(
                    rank > ranked - evicted ? Reason.NEXT_TRIM : reason, row.scores[slot], ranks ? rank : 0, ranked);
        }

        /** What no query will attend to again goes first, whatever protects it. */
        private boolean isProtected(int position) {
            return position >= firstInside
                    && (position < protection.sinks()
                            || protection.pinned().contains(position)
                            || position >= seen - protection.recent(Math.min(keep, length())));
        }

        private Reason protector(int position) {
            if (position < protection.sinks()) {
                return Reason.SINK;
            }
            return protection.pinned().contains(position) ? Reason.PINNED : Reason.RECENT;
        }

        /** Whether a trim would evict the one only after the other: of equal scores the older goes first. */
        private boolean staysLonger(int one, int other) {
            boolean inside = row.positions[one] >= firstInside;
            if (inside != row.positions[other] >= firstInside) {
                return inside;
            }
            int byScore = inside ? Double.compare(row.scores[one], row.scores[other]) : 0;
            return byScore == 0 ? row.positions[one] > row.positions[other] : byScore > 0;
        }

        private int length() {
            return row.positions.length;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record HeldRow(int[] positions, double[] scores) {}
}

package dev.sublinear.kvcache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tokens of a layer at a trim: what each is worth, and so which of them stay. */
final class Ranking {
    private final EvictionPolicy policy;
    private final int seen;
    private final int kvHeads;
    private final int length;
    private final double[] scores;
    private final int[] positions;
    private final double[] attention;

    private int[][] slots = new int[0][];

    /**
     * @param scores finite, one for each slot of a head, the heads one after the other
     * @param positions in the same order
     * @param attention what is remembered of it, not negative, in the same order; or nothing
     */
    Ranking(EvictionPolicy policy, int seen, int kvHeads, double[] scores, int[] positions, double[] attention) {
        this.policy = policy;
        this.seen = seen;
        this.kvHeads = kvHeads;
        this.length = scores.length / kvHeads;
        this.scores = scores;
        this.positions = positions;
        this.attention = attention;
        forgetOutside(seen - policy.most());
    }

    /** What no query will attend to again is worth less than anything else, and no loss. */
    private void forgetOutside(int firstInside) {
        for (int i = 0; i < positions.length && firstInside > 0; i++) {
            if (positions[i] < firstInside) {
                scores[i] = Selection.WORTHLESS;
                if (attention.length > 0) {
                    attention[i] = 0;
                }
            }
        }
    }

    /** What each head's slots have if so many tokens stay, as in {@link Selection#slots}. */
    private int[][] slots(int keep) {
        if (slots.length == 0 || slots[0].length != keep) {
            Selection selection = new Selection(policy.protection(), seen, keep);
            int[][] chosen = new int[kvHeads][];
            for (int head = 0; head < kvHeads; head++) {
                int from = head * length;
                chosen[head] = selection.slots(
                        Arrays.copyOfRange(scores, from, from + length),
                        Arrays.copyOfRange(positions, from, from + length));
            }
            slots = chosen;
        }
        return slots;
    }

    /** A row of a layer's columns that takes the place of another, counted through all heads. */
    record Move(long from, long to) {}

    /** Returns the moves after which the tokens that stay are the first {@code keep} of each head. */
    List<Move> moves(int keep, int capacity) {
        List<Move> moves = new ArrayList<>();
        int[][] chosen = slots(keep);
        for (int head = 0; head < kvHeads; head++) {
            long first = (long) head * capacity;
            for (int slot = 0; slot < keep; slot++) {
                if (chosen[head][slot] != slot) {
                    moves.add(new Move(first + chosen[head][slot], first + slot));
                }
            }
        }
        return moves;
    }

    /** Returns the share of the remembered attention that would go with the others, the mean of the heads. */
    double loss(int keep) {
        int[][] chosen = slots(keep);
        double loss = 0;
        for (int head = 0; head < kvHeads; head++) {
            double all = 0;
            double stays = 0;
            for (int slot = 0; slot < length; slot++) {
                all += attention[head * length + slot];
            }
            for (int slot : chosen[head]) {
                stays += attention[head * length + slot];
            }
            loss += all > 0 ? Math.max(0, 1 - stays / all) : 0;
        }
        return loss / kvHeads;
    }
}

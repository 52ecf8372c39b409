package dev.sublinear.kvcache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** The tokens of a layer at a trim: what each is worth to its head, and so which of them stay. Heads may hold different numbers. */
final class Ranking {
    private final LayerPolicy policy;
    private final int seen;
    private final double[][] scores;
    private final int[][] positions;
    private final double[][] attention;

    private int[] chosenFor = new int[0];
    private int[][] chosen = new int[0][];

    /**
     * @param scores finite, one for each slot of each head; the ranking may change them
     * @param positions in the same order
     * @param attention what is remembered of it, not negative, in the same order; or nothing in any head
     */
    Ranking(LayerPolicy policy, int seen, double[][] scores, int[][] positions, double[][] attention) {
        this.policy = policy;
        this.seen = seen;
        this.scores = scores;
        this.positions = positions;
        this.attention = attention;
        forgetOutside(seen - policy.most());
    }

    /** What no query will attend to again is worth less than anything else, and no loss. */
    private void forgetOutside(int firstInside) {
        for (int head = 0; head < positions.length && firstInside > 0; head++) {
            for (int slot = 0; slot < positions[head].length; slot++) {
                if (positions[head][slot] < firstInside) {
                    scores[head][slot] = Selection.WORTHLESS;
                    if (attention[head].length > 0) {
                        attention[head][slot] = 0;
                    }
                }
            }
        }
    }

    /** Which token each slot of each head has if the head keeps {@code keep[head]} of them, as in {@link Selection#slots}. */
    private int[][] slots(int[] keep) {
        if (!Arrays.equals(keep, chosenFor)) {
            int[][] slots = new int[keep.length][];
            for (int head = 0; head < keep.length; head++) {
                slots[head] = new Selection(policy.protection(), seen, keep[head]).slots(scores[head], positions[head]);
            }
            chosen = slots;
            chosenFor = keep.clone();
        }
        return chosen;
    }

    /** A row of a layer's storage that takes the place of another. */
    record Move(long from, long to) {}

    /**
     * Returns the moves after which the tokens that stay are the first {@code keep[head]} rows of each head.
     *
     * @param first row of a head in the layer's storage
     */
    List<Move> moves(int[] keep, IntUnaryOperator first) {
        List<Move> moves = new ArrayList<>();
        int[][] slots = slots(keep);
        for (int head = 0; head < keep.length; head++) {
            long start = first.applyAsInt(head);
            for (int slot = 0; slot < keep[head]; slot++) {
                if (slots[head][slot] != slot) {
                    moves.add(new Move(start + slots[head][slot], start + slot));
                }
            }
        }
        return moves;
    }

    /** Returns the share of the remembered attention that would go with the tokens that do not stay, the mean of the heads. */
    double loss(int[] keep) {
        int[][] slots = slots(keep);
        double loss = 0;
        for (int head = 0; head < keep.length; head++) {
            double all = 0;
            double stays = 0;
            for (double received : attention[head]) {
                all += received;
            }
            for (int slot : slots[head]) {
                stays += attention[head][slot];
            }
            loss += all > 0 ? Math.max(0, 1 - stays / all) : 0;
        }
        return loss / keep.length;
    }
}

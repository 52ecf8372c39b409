package dev.sublinear.kvcache;

import java.util.Arrays;

/** The tokens of a layer at a trim: what each is worth, and so which of them stay. */
final class Ranking {
    private final Protection protection;
    private final int kvHeads;
    private final int length;
    private final double[] scores;
    private final int[] positions;
    private final double[] attention;

    private long[][] slots = new long[0][];

    /**
     * @param scores finite, one for each slot of a head, the heads one after the other
     * @param positions in the same order
     * @param attention what is remembered of it, not negative, in the same order; or nothing
     */
    Ranking(Protection protection, int kvHeads, double[] scores, int[] positions, double[] attention) {
        this.protection = protection;
        this.kvHeads = kvHeads;
        this.length = scores.length / kvHeads;
        this.scores = scores;
        this.positions = positions;
        this.attention = attention;
    }

    /** Returns the slots that stay in each head, ascending. */
    private long[][] keep(int keep) {
        if (slots.length == 0 || slots[0].length != keep) {
            Selection selection = new Selection(protection, keep);
            long[][] chosen = new long[kvHeads][];
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

    /** Returns the slots that stay, one head after the other, counted through all heads of columns of that capacity. */
    long[] rows(int keep, int capacity) {
        long[] rows = new long[kvHeads * keep];
        long[][] chosen = keep(keep);
        for (int head = 0; head < kvHeads; head++) {
            for (int i = 0; i < keep; i++) {
                rows[head * keep + i] = (long) head * capacity + chosen[head][i];
            }
        }
        return rows;
    }

    /** Returns the share of the remembered attention that would go with the others, the mean of the heads. */
    double loss(int keep) {
        long[][] chosen = keep(keep);
        double loss = 0;
        for (int head = 0; head < kvHeads; head++) {
            double all = 0;
            double stays = 0;
            for (int slot = 0; slot < length; slot++) {
                all += attention[head * length + slot];
            }
            for (long slot : chosen[head]) {
                stays += attention[head * length + (int) slot];
            }
            loss += all > 0 ? Math.max(0, 1 - stays / all) : 0;
        }
        return loss / kvHeads;
    }
}

package dev.sublinear.engine.drafting;

/**
 * How many tokens it pays to draft for a sequence: as many as bring the most tokens in the time, by what a step of several rows
 * costs and how often this sequence's latest drafts were right.
 */
final class DraftLength {
    /*
     * The time of a step, in that of one row that attends to nothing: 1, SEVERAL more for more than one row, EACH for each more, and
     * ATTENDED for each row and token held. Measured, see deploy/benchmarks/2026-12-01-prompt-lookup.md.
     */
    private static final double SEVERAL = 0.13;
    private static final double EACH = 0.05;
    private static final double ATTENDED = 7.5e-5;

    private static final double FIRST_GUESS = 0.5;
    private static final double LEAST_GUESS = 0.2; // from which one right token is enough to go on
    private static final double WEIGHT = 0.2; // of a drafted token in the guess
    private static final int SHORTEST_PAUSE = 16;
    private static final int LONGEST_PAUSE = 128;

    private double guess = FIRST_GUESS; // how likely a drafted token is right, if those before it are
    private int pause = SHORTEST_PAUSE; // steps between drafts of one token, while none pay
    private int steps; // of the pause

    /**
     * Returns how many tokens to draft.
     *
     * @param sequences that the step reads a token of, and as many drafted ones, all of them
     * @param held tokens that each head holds, to which each row attends
     */
    int of(int most, int sequences, int held) {
        int best = 0;
        double gain = 1;
        double tokens = 1;
        double likely = 1;
        for (int drafted = 1; drafted <= most; drafted++) {
            likely *= guess;
            tokens += likely;
            double faster = tokens * cost(sequences, held) / cost(sequences * (1 + drafted), held);
            if (faster > gain) {
                gain = faster;
                best = drafted;
            }
        }
        if (best == 0 && steps++ >= pause) {
            return Math.min(1, most);
        }
        return best;
    }

    private static double cost(int rows, int held) {
        return 1 + (rows == 1 ? 0 : SEVERAL) + EACH * (rows - 1) + ATTENDED * held * rows;
    }

    /**
     * Learns how many of a draft's first tokens were right.
     *
     * @param drafted more than that if the next was wrong
     */
    void verified(int drafted, int right) {
        guess = 1 - (1 - guess) * Math.pow(1 - WEIGHT, right);
        if (right > 0) {
            pause = SHORTEST_PAUSE;
        } else if (drafted > 0) {
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
        if (right < drafted) {
            guess = Math.max(LEAST_GUESS, guess * (1 - WEIGHT));
        }
        steps = 0;
    }
}

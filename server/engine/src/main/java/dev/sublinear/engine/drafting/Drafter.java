package dev.sublinear.engine.drafting;

/** Drafts tokens for one sequence, as many as it pays to have verified. Owned by the engine thread. */
public final class Drafter {
    /** Rows of a step, of all its sequences, up to which drafts may fill it: more are compute that others wait for. */
    public static final int MOST_ROWS = 16;

    /** Greatest number of tokens that are drafted for a sequence and a step, which reads one more. */
    public static final int MOST_DRAFTED = MOST_ROWS - 1;

    private static final int[] NOTHING = {};

    private final PromptLookup lookup = new PromptLookup();
    private final DraftLength length = new DraftLength();

    /**
     * Returns tokens that may come after those of a sequence, or none.
     *
     * @param tokens of which there are {@code count}, the same as before and some more
     * @param most how many are drafted at most, at least 0
     * @param sequences that share the step
     * @param held tokens that each head holds of this one
     */
    public int[] draft(int[] tokens, int count, int most, int sequences, int held) {
        int wanted = length.of(most, sequences, held);
        return wanted == 0 ? NOTHING : lookup.draft(tokens, count, wanted);
    }

    /** Learns how many of the latest draft's tokens, at its beginning, were right. */
    public void verified(int drafted, int right) {
        length.verified(drafted, right);
    }
}

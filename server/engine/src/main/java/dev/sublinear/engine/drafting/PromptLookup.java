package dev.sublinear.engine.drafting;

import java.util.Arrays;

/**
 * Drafts what followed the last time that a text ended as it does now: for what copies, edits or repeats. Saxena, <a
 * href="https://github.com/apoorvumang/prompt-lookup-decoding">prompt lookup decoding</a>, 2023.
 *
 * <p>For one text, which only grows. A draft takes as long after a million tokens as after ten.
 */
final class PromptLookup {
    private static final int[] NOTHING = {};

    private final Ngrams[] longestFirst = {new Ngrams(3), new Ngrams(2)};

    /**
     * Returns what may come next, as many tokens as are wanted, or none.
     *
     * @param tokens of which the first {@code length} are the text
     */
    int[] draft(int[] tokens, int length, int wanted) {
        for (Ngrams ngrams : longestFirst) {
            ngrams.enter(tokens, length);
            int from = ngrams.after(tokens, length);
            if (from > 0) {
                return goingOn(tokens, length, from, wanted);
            }
        }
        return NOTHING;
    }

    /** Copies from an earlier place on, and then, where the text ends, from the draft itself: what repeats goes on repeating. */
    private static int[] goingOn(int[] tokens, int length, int from, int wanted) {
        int[] draft = new int[wanted];
        for (int i = 0; i < wanted; i++) {
            draft[i] = from + i < length ? tokens[from + i] : draft[from + i - length];
        }
        return draft;
    }

    /** Where each sequence of n tokens last went on: a hash table of places, which are compared in the text itself. */
    private static final class Ngrams {
        private final int n;
        private int[] places = new int[64]; // 0 where there is none
        private int count;
        private int entered; // the last place that is in the table

        Ngrams(int n) {
            this.n = n;
            this.entered = n - 1;
        }

        /** Enters what lies before each token of the text. */
        void enter(int[] tokens, int length) {
            while (entered + 1 < length) {
                if (2 * count >= places.length) {
                    grow(tokens);
                }
                put(tokens, ++entered);
            }
        }

        private void put(int[] tokens, int place) {
            int slot = slot(tokens, place);
            count += places[slot] == 0 ? 1 : 0;
            places[slot] = place;
        }

        private void grow(int[] tokens) {
            int[] old = places;
            places = new int[2 * old.length];
            count = 0;
            Arrays.stream(old).filter(place -> place > 0).forEach(place -> put(tokens, place));
        }

        /** Returns the newest place before which the text has its last n tokens, or 0. */
        int after(int[] tokens, int length) {
            return length < n ? 0 : places[slot(tokens, length)];
        }

        /** The slot of the n tokens before a place: theirs, or the empty one that they would get. */
        private int slot(int[] tokens, int place) {
            int hash = 0;
            for (int i = place - n; i < place; i++) {
                hash = (hash + tokens[i]) * 0x9E3779B1;
                hash ^= hash >>> 15;
            }
            int slot = hash & (places.length - 1);
            while (places[slot] != 0 && !same(tokens, places[slot], place)) {
                slot = (slot + 1) & (places.length - 1);
            }
            return slot;
        }

        private boolean same(int[] tokens, int place, int other) {
            return Arrays.equals(tokens, place - n, place, tokens, other - n, other);
        }
    }
}

package dev.sublinear.engine.generation;

import java.util.List;

/**
 * Finds the first of several texts in a stream of pieces, and lets nothing of it out: what may be its beginning is held
 * back until the next piece tells.
 */
final class StopTexts {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /** @param stops none of them empty */
    StopTexts(List<String> stops) {
        this.stops = stops;
    }

    /** Returns what can be let out now. After a stop text nothing comes any more. */
    String accept(String piece) {
        if (found || piece.isEmpty()) {
            return "";
        }
        held.append(piece);
        int stop = firstStop();
        if (stop >= 0) {
            found = true;
            String before = held.substring(0, stop);
            held.setLength(0);
            return before;
        }
        return release(held.length() - longestBeginning());
    }

    boolean found() {
        return found;
    }

    /** Returns what is held back, once no more pieces come. */
    String finish() {
        return release(held.length());
    }

    private int firstStop() {
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /** Returns the length of the longest end of what is held that begins a stop text. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (endsWith(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWith(String stop, int length) {
        return stop.startsWith(held.substring(held.length() - length));
    }

    private String release(int length) {
        String out = held.substring(0, length);
        held.delete(0, length);
        return out;
    }
}

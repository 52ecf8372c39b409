package dev.sublinear.evaluation.corpus;

import java.util.Arrays;

/**
 * A part of a text as token ids.
 *
 * @param name of the text, and the part's number in it: {@code emma#3}
 * @param kind of the text
 * @param tokens the checkpoint's prefix, then the part
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its key alone
public record Document(String name, Kind kind, int[] tokens) {

    /** Returns the name and a hash of the tokens: results are looked up by it. */
    public String key() {
        return name + "@" + Integer.toHexString(Arrays.hashCode(tokens));
    }
}

package dev.sublinear.evaluation;

import java.util.Arrays;

/**
 * A piece of text, as the model reads it.
 *
 * @param name of the text it is from, and its number there
 * @param tokens with what the checkpoint puts before a text
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its key alone
public record Document(String name, int[] tokens) {

    /** What tells it from a document of the same name with other tokens. */
    String key() {
        return name + "@" + Integer.toHexString(Arrays.hashCode(tokens));
    }
}

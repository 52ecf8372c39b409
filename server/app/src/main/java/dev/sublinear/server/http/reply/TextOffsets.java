package dev.sublinear.server.http.reply;

import dev.sublinear.model.text.StreamingDecoder;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds where each token of a text begins, in characters: Unicode code points, as Python counts. A token that begins within
 * a character has the offset of that character.
 */
final class TextOffsets {
    private final StreamingDecoder decoder;
    private int at;

    /** @param at the offset of the first token */
    TextOffsets(Tokenizer tokenizer, int at) {
        this.decoder = tokenizer.streamingDecoder();
        this.at = at;
    }

    /** Returns the offsets of the next tokens. */
    List<Integer> next(List<CompleteAnswer.Scored> tokens) {
        List<Integer> offsets = new ArrayList<>();
        for (CompleteAnswer.Scored token : tokens) {
            offsets.add(at);
            at += length(decoder.accept(token.id()));
        }
        return offsets;
    }

    /** Returns the offset of the token after those that were asked for. */
    int next() {
        return at;
    }

    /** Returns the number of characters of a text. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}

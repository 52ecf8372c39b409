package dev.sublinear.server.http;

import dev.sublinear.model.text.StreamingDecoder;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where in a text the tokens begin that it is made of, in characters: code points of Unicode, as Python counts. A token
 * that begins within a character is where that character is.
 */
final class TextOffsets {
    private final StreamingDecoder decoder;
    private int at;

    /** @param at where the first token begins */
    TextOffsets(Tokenizer tokenizer, int at) {
        this.decoder = tokenizer.streamingDecoder();
        this.at = at;
    }

    /** The places of the next tokens. */
    List<Integer> next(List<Answer.Scored> tokens) {
        List<Integer> offsets = new ArrayList<>();
        for (Answer.Scored token : tokens) {
            offsets.add(at);
            at += length(decoder.accept(token.id()));
        }
        return offsets;
    }

    /** How many characters a text has. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}

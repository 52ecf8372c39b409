package dev.sublinear.engine.generation;

import dev.sublinear.model.text.StreamingDecoder;

/** Makes text of the tokens of one answer, as they come. */
interface Detokenizer {

    /** Returns the characters that a token completes. */
    String accept(int id);

    /** Returns what is left when no more tokens come. */
    String finish();

    static Detokenizer of(StreamingDecoder decoder) {
        return new Detokenizer() {
            @Override
            public String accept(int id) {
                return decoder.accept(id);
            }

            @Override
            public String finish() {
                return decoder.finish();
            }
        };
    }
}

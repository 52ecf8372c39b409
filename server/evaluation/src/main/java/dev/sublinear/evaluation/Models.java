package dev.sublinear.evaluation;

import dev.sublinear.model.decoder.DecoderLm;

/** The checkpoint in the precisions that are asked for, each loaded once. Owned by one thread. */
public interface Models extends AutoCloseable {

    /** The precision of every reference. */
    String EXACT = "f32";

    DecoderLm in(String precision);

    @Override
    void close();
}

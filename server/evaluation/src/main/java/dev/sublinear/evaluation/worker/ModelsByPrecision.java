package dev.sublinear.evaluation.worker;

import dev.sublinear.model.decoder.DecoderLm;

/** The models of one worker: the checkpoint in each precision that was asked for, loaded once. Owned by one thread. */
public interface ModelsByPrecision extends AutoCloseable {

    /** Returns the model, which is loaded on the first call. */
    DecoderLm in(String precision);

    @Override
    void close();
}

package dev.sublinear.evaluation.worker;

import dev.sublinear.model.CausalLm;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.precision.Precision;

/** The models of one worker: the checkpoint in each precision that is asked for, loaded once. Owned by one thread. */
public interface ModelsByPrecision extends AutoCloseable {

    /** Returns the model, which is loaded on the first call and is not to be closed. */
    DecoderLm in(Precision precision);

    /**
     * Returns the model with the storage that belongs to these numbers.
     *
     * @param numbers as {@link Numbers#parse} reads them
     */
    default CausalLm in(String numbers) {
        Numbers parsed = Numbers.parse(numbers);
        return in(parsed.precision()).storing(parsed.storage());
    }

    @Override
    void close();
}

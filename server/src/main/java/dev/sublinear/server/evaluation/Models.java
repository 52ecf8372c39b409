package dev.sublinear.server.evaluation;

import dev.sublinear.model.CausalLm;

/** The checkpoint in the precisions that are asked for, each loaded once. Owned by one thread. */
public interface Models extends AutoCloseable {

    /** The precision of every reference. */
    String EXACT = "f32";

    CausalLm in(String precision);

    @Override
    void close();
}

package dev.sublinear.server.engine;

/** A request that the engine has taken. */
public interface Generation {

    /** Ends it within a step and frees its memory; does nothing if it has ended. May be called from any thread. */
    void cancel();
}

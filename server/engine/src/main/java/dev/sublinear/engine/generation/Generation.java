package dev.sublinear.engine.generation;

/** A request that the engine has taken. */
public interface Generation {

    /** What listeners and reports call it; no other request of this process has the same. */
    long id();

    /** Ends it within a step and frees its memory; does nothing if it has ended. May be called from any thread. */
    void cancel();
}

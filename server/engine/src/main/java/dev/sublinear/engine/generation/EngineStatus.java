package dev.sublinear.engine.generation;

/**
 * The engine's state at the end of its latest turn.
 *
 * @param running sequences that have room for a cache
 * @param waiting requests that have not been admitted
 * @param usedBytes what caches hold, those of snapshots too
 * @param reservedBytes what is set aside for them
 * @param snapshots beginnings of prompts that are kept for requests that begin with the same
 * @param snapshotBytes what is set aside for those
 */
public record EngineStatus(
        int running, int waiting, long usedBytes, long reservedBytes, int snapshots, long snapshotBytes) {
    /** Nothing to do, and nothing held. */
    public static final EngineStatus IDLE = new EngineStatus(0, 0, 0, 0, 0, 0);
}

package dev.sublinear.server.engine;

/**
 * How things stood at the end of the engine's latest turn.
 *
 * @param running sequences that hold a cache
 * @param waiting sequences that do not yet
 * @param usedBytes what their caches hold
 * @param reservedBytes what is set aside for them
 */
public record EngineStatus(int running, int waiting, long usedBytes, long reservedBytes) {
    /** Nothing to do, and nothing held. */
    public static final EngineStatus IDLE = new EngineStatus(0, 0, 0, 0);
}

package dev.sublinear.server.engine;

/** Why a sequence that had been accepted did not come to its end. */
public final class GenerationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean stopping;

    private GenerationException(String message, boolean stopping, Throwable cause) {
        super(message, cause);
        this.stopping = stopping;
    }

    static GenerationException of(Throwable cause) {
        return new GenerationException("generation failed", false, cause);
    }

    static GenerationException stopping() {
        return new GenerationException("the server is stopping", true, new IllegalStateException("engine closed"));
    }

    /** Whether the engine ended rather than the sequence failed. */
    public boolean isStopping() {
        return stopping;
    }
}

package dev.sublinear.engine;

import dev.sublinear.engine.generation.Engine;
import dev.sublinear.engine.generation.Generation;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** An answer that is being generated. Safe for use by several threads. */
public final class OngoingAnswer {
    private final Engine engine;
    private final Generation generation;
    private final CompletableFuture<Answer> answer;

    OngoingAnswer(Engine engine, Generation generation, CompletableFuture<Answer> answer) {
        this.engine = engine;
        this.generation = generation;
        this.answer = answer;
    }

    /** Ends it within a step and frees its memory: the answer is what was generated until then. */
    public void cancel() {
        generation.cancel();
    }

    /** The answer once it is complete; fails with an {@link AnswerException}. Cancelling the future does not cancel the answer.
     * What is chained to it runs on the common pool. */
    public CompletableFuture<Answer> future() {
        return answer.copy();
    }

    /**
     * Waits for the end. A thread that is interrupted meanwhile cancels the answer, stays interrupted, and gets what was
     * generated until then.
     *
     * @throws AnswerException if it could not be completed
     * @throws IllegalStateException on the engine's thread, where listeners are
     */
    public Answer await() {
        engine.requireOtherThread("await");
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    cancel();
                } catch (ExecutionException e) {
                    throw failure(Objects.requireNonNullElse(e.getCause(), e));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException failure(Throwable cause) {
        return cause instanceof RuntimeException expected ? expected : new CompletionException(cause);
    }
}

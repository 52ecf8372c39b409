package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Prints a generation as it comes. */
final class Printer implements GenerationListener {
    private final PrintWriter out;
    private final CompletableFuture<Completion> end = new CompletableFuture<>();

    Printer(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void onToken(int choice, Token token) {
        out.print(token.text());
        out.flush();
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        out.println(rest);
        out.flush();
    }

    @Override
    public void onFinished(Completion completion) {
        end.complete(completion);
    }

    @Override
    public void onFailed(GenerationException failure) {
        end.completeExceptionally(failure);
    }

    /** Waits for the end. */
    Completion await() {
        try {
            return end.join();
        } catch (CompletionException e) {
            throw new CommandException("generation failed: " + Objects.requireNonNullElse(e.getCause(), e), e);
        }
    }
}

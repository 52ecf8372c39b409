package dev.sublinear.server.engine;

import dev.sublinear.server.sampling.Logprobs;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Remembers what a generation told. */
final class Recorder implements GenerationListener {
    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final List<Token> told = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Completion> end = new CompletableFuture<>();

    @Override
    public void onToken(int choice, Token token) {
        told.add(token);
        pieces.add(token.text());
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        pieces.add(rest);
    }

    @Override
    public void onFinished(Completion completion) {
        end.complete(completion);
    }

    @Override
    public void onFailed(GenerationException failure) {
        end.completeExceptionally(failure);
    }

    /** The end, or the failure as the cause of a {@link java.util.concurrent.CompletionException}. */
    Completion await() {
        return end.orTimeout(60, TimeUnit.SECONDS).join();
    }

    String text() {
        return String.join("", pieces);
    }

    List<Integer> ids() {
        return told.stream().map(Token::id).toList();
    }

    List<Logprobs> logprobs() {
        return told.stream().map(Token::logprobs).toList();
    }

    int tokens() {
        return told.size();
    }

    boolean ended() {
        return end.isDone();
    }
}

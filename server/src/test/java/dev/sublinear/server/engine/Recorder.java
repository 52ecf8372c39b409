package dev.sublinear.server.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what a generation told. */
final class Recorder implements GenerationListener {
    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final AtomicInteger tokens = new AtomicInteger();
    private final CompletableFuture<Completion> end = new CompletableFuture<>();

    @Override
    public void onToken(int id, String piece) {
        tokens.incrementAndGet();
        pieces.add(piece);
    }

    @Override
    public void onFinished(String rest, Completion completion) {
        pieces.add(rest);
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

    int tokens() {
        return tokens.get();
    }

    boolean ended() {
        return end.isDone();
    }
}

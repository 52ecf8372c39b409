package dev.sublinear.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;

/** What a handler heard of one answer. */
final class Heard implements StreamingChatResponseHandler {
    private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final List<String> thoughts = new CopyOnWriteArrayList<>();
    private final List<CompleteToolCall> calls = new CopyOnWriteArrayList<>();
    private final Set<Thread> threads = new CopyOnWriteArraySet<>();

    @Override
    public void onPartialResponse(String piece) {
        pieces.add(piece);
        threads.add(Thread.currentThread());
    }

    @Override
    public void onPartialThinking(PartialThinking thought) {
        thoughts.add(thought.text());
        threads.add(Thread.currentThread());
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
        calls.add(call);
        threads.add(Thread.currentThread());
    }

    @Override
    public void onCompleteResponse(ChatResponse whole) {
        threads.add(Thread.currentThread());
        response.complete(whole);
    }

    @Override
    public void onError(Throwable error) {
        threads.add(Thread.currentThread());
        response.completeExceptionally(error);
    }

    /** Waits for the end, and throws what it was told as an error. */
    ChatResponse await() {
        try {
            return response.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    boolean isOver() {
        return response.isDone();
    }

    List<String> pieces() {
        return pieces;
    }

    String text() {
        return String.join("", pieces);
    }

    String thought() {
        return String.join("", thoughts);
    }

    List<CompleteToolCall> calls() {
        return calls;
    }

    Set<Thread> threads() {
        return threads;
    }
}

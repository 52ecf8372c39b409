package dev.sublinear.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.OngoingAnswer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Answers whole. Safe for use by several threads, whose calls the model batches. A thread that is interrupted gets what was
 * generated until then, with {@link dev.langchain4j.model.output.FinishReason#OTHER}, and stays interrupted.
 */
public final class SublinearChatModel implements ChatModel {
    private final ChatCalls calls;
    private final List<ChatModelListener> listeners;

    private SublinearChatModel(Builder builder) {
        this.calls = builder.calls();
        this.listeners = builder.listeners();
    }

    /** A model whose requests are sampled as its makers and its settings have it. */
    public static SublinearChatModel of(LocalModel model) {
        return builder(model).build();
    }

    /**
     * Begins to say how requests are answered.
     *
     * @param model borrowed: who opened it closes it, after the last answer
     */
    public static Builder builder(LocalModel model) {
        return new Builder(model);
    }

    /** Says how requests are answered that do not say it. */
    public static final class Builder extends SublinearModelBuilder<Builder> {
        private Builder(LocalModel model) {
            super(model);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the model.
         *
         * @throws RuntimeException if a default parameter is wrong or not supported, as a request with it would be
         */
        public SublinearChatModel build() {
            return new SublinearChatModel(this);
        }
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return calls.response(Failures.translating(() -> calls.call(request).await()));
    }

    /** The same without waiting. Cancelling the future ends the answer and frees its memory. */
    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        OngoingAnswer ongoing = Failures.translating(() -> calls.call(request).start());
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        var unusedAnswer = ongoing.future().whenComplete((answer, failure) -> {
            if (failure == null) {
                response.complete(calls.response(answer));
            } else {
                response.completeExceptionally(Failures.translated(failure));
            }
        });
        var unusedEnd = response.whenComplete((all, failure) -> {
            if (response.isCancelled()) {
                ongoing.cancel();
            }
        });
        return response;
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return calls.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    /** JSON Schemas hold: an answer that is not cut at its length is valid. */
    @Override
    public Set<Capability> supportedCapabilities() {
        return ChatCalls.CAPABILITIES;
    }
}

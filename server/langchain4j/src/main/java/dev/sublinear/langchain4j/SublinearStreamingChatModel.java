package dev.sublinear.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.sublinear.engine.ChatCall;
import dev.sublinear.engine.LocalModel;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Tells of answers token by token. Safe for use by several threads, whose calls the model batches. A handler hears of its answer on
 * one thread, never the engine's, and may take its time; cancelling its stream frees the memory within a step, and nothing is heard
 * of it any more.
 */
public final class SublinearStreamingChatModel implements StreamingChatModel {
    private final ChatCalls calls;
    private final List<ChatModelListener> listeners;
    private final Executor executor;

    private SublinearStreamingChatModel(Builder builder) {
        this.calls = builder.calls();
        this.listeners = builder.listeners();
        this.executor = builder.executor;
    }

    /** A model whose requests are sampled as its makers and its settings have it. */
    public static SublinearStreamingChatModel of(LocalModel model) {
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

    /** Says how requests are answered that do not say it, and where. */
    public static final class Builder extends SublinearModelBuilder<Builder> {
        private Executor executor = Builder::onNewThread;

        private Builder(LocalModel model) {
            super(model);
        }

        private static void onNewThread(Runnable stream) {
            Thread thread = new Thread(stream, "sublinear-stream");
            thread.setDaemon(true);
            thread.start();
        }

        /** What runs each stream until its end; unsaid, a new daemon thread. */
        public Builder executor(Executor other) {
            executor = Objects.requireNonNull(other, "other");
            return this;
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
        public SublinearStreamingChatModel build() {
            return new SublinearStreamingChatModel(this);
        }
    }

    /** Refuses on this thread what a request must not ask for; all else goes wrong in {@code handler.onError}. */
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        ChatCall call = calls.call(request);
        executor.execute(() -> new AnswerStream(handler).tell(call, calls::response));
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

package dev.sublinear.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.sublinear.engine.LocalModel;
import java.util.List;
import java.util.Objects;

/**
 * What can be said of either model.
 *
 * @param <B> the builder itself
 */
public abstract sealed class SublinearModelBuilder<B extends SublinearModelBuilder<B>>
        permits SublinearChatModel.Builder, SublinearStreamingChatModel.Builder {
    private final LocalModel model;
    private ChatRequestParameters defaults = DefaultChatRequestParameters.EMPTY;
    private List<ChatModelListener> listeners = List.of();

    SublinearModelBuilder(LocalModel model) {
        this.model = Objects.requireNonNull(model, "model");
    }

    abstract B self();

    /** What holds for requests that do not say it; its model name is what the model is called. */
    public final B defaultRequestParameters(ChatRequestParameters parameters) {
        defaults = Objects.requireNonNull(parameters, "parameters");
        return self();
    }

    /** Who hears of requests, responses and failures, in this order. */
    public final B listeners(List<? extends ChatModelListener> all) {
        listeners = List.copyOf(all);
        return self();
    }

    final List<ChatModelListener> listeners() {
        return listeners;
    }

    final ChatCalls calls() {
        return ChatCalls.of(model, defaults);
    }
}

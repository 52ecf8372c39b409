package dev.sublinear.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.ChatCall;
import dev.sublinear.engine.LocalModel;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one model, as LangChain4j asks for them.
 *
 * @param defaults what holds for requests that do not say it, with the model's name
 */
record ChatCalls(LocalModel model, SublinearChatRequestParameters defaults) {
    static final Set<Capability> CAPABILITIES = Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);

    static ChatCalls of(LocalModel model, ChatRequestParameters defaults) {
        return new ChatCalls(
                model,
                SublinearChatRequestParameters.builder()
                        .modelName(model.spec().family())
                        .overrideWith(defaults)
                        .build());
    }

    /**
     * Returns the call that a request asks for.
     *
     * @throws IllegalArgumentException if a parameter is wrong
     * @throws UnsupportedFeatureException if a parameter or a message cannot be honoured
     */
    ChatCall call(ChatRequest request) {
        SublinearChatRequestParameters asked = SublinearChatRequestParameters.of(request.parameters());
        requireModel(asked.modelName());
        ChatCall call = model.chat(Messages.of(request.messages()))
                .sampling(Sampling.of(asked, model.defaults()))
                .tools(ToolSpecifications.of(asked))
                .format(Schemas.format(asked.responseFormat()))
                .stopAt(asked.stopSequences().toArray(String[]::new));
        ifSaid(asked.maxOutputTokens(), call::maxTokens);
        ifSaid(asked.policy(), call::policy);
        ifSaid(asked.promptLookup(), call::promptLookup);
        ifSaid(asked.logprobs(), call::logprobs);
        ifSaid(asked.tenant(), call::tenant);
        ifSaid(asked.timeout(), call::timeout);
        return call;
    }

    ChatResponse response(Answer answer) {
        return Responses.of(answer, defaults.modelName());
    }

    private void requireModel(@Nullable String asked) {
        if (asked != null && !asked.equals(defaults.modelName())) {
            throw new UnsupportedFeatureException("modelName is not supported but for the model that is open, \""
                    + defaults.modelName() + "\", was \"" + asked + "\"");
        }
    }

    private static <T> void ifSaid(@Nullable T value, Consumer<T> use) {
        if (value != null) {
            use.accept(value);
        }
    }
}

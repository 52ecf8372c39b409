package dev.sublinear.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.chat.Said;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Answers in LangChain4j's words. */
final class Responses {
    private Responses() {}

    static ChatResponse of(Answer answer, String modelName) {
        return ChatResponse.builder()
                .aiMessage(AiMessage.builder()
                        .text(answer.text().isEmpty() && !answer.calls().isEmpty() ? null : answer.text())
                        .thinking(nullIfEmpty(answer.thought()))
                        .toolExecutionRequests(
                                answer.calls().stream().map(Responses::request).toList())
                        .build())
                .metadata(SublinearChatResponseMetadata.builder()
                        .id(UUID.randomUUID().toString())
                        .modelName(modelName)
                        .tokenUsage(new TokenUsage(answer.promptTokens(), answer.generatedTokens()))
                        .finishReason(reason(answer.finish()))
                        .answer(answer)
                        .build())
                .build();
    }

    static ToolExecutionRequest request(Said.Called called) {
        return ToolExecutionRequest.builder()
                .id(called.id())
                .name(called.call().name())
                .arguments(called.call().arguments())
                .build();
    }

    private static FinishReason reason(Answer.Finish finish) {
        return switch (finish) {
            case STOP -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case TOOL_CALLS -> FinishReason.TOOL_EXECUTION;
            case CANCELLED -> FinishReason.OTHER;
        };
    }

    private static @Nullable String nullIfEmpty(String text) {
        return text.isEmpty() ? null : text;
    }
}

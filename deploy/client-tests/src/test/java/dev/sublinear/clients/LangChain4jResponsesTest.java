package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiResponsesChatModel;
import dev.langchain4j.model.openai.OpenAiResponsesStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The Responses API of LangChain4j's module for OpenAI. */
final class LangChain4jResponsesTest {
    private static final String URL = StartedServer.get().url() + "/v1";
    private static final SystemMessage SYSTEM = SystemMessage.from("You are brief.");
    private static final UserMessage USER = UserMessage.from("Tell me about the sea.");
    private static final JsonObjectSchema CITY = JsonObjectSchema.builder()
            .addProperty(
                    "city", JsonEnumSchema.builder().enumValues("Oslo", "Rome").build())
            .required("city")
            .additionalProperties(false)
            .build();

    private static OpenAiResponsesChatModel.Builder model() {
        return OpenAiResponsesChatModel.builder()
                .baseUrl(URL)
                .apiKey(StartedServer.KEY)
                .modelName(StartedServer.MODEL)
                .temperature(0.0)
                .maxOutputTokens(200);
    }

    private static ChatRequest.Builder asked(ChatMessage... messages) {
        return ChatRequest.builder().messages(messages);
    }

    @Test
    void responses_stream_isTheWholeAnswerInPieces() throws Exception {
        OpenAiResponsesStreamingChatModel streaming = OpenAiResponsesStreamingChatModel.builder()
                .baseUrl(URL)
                .apiKey(StartedServer.KEY)
                .modelName(StartedServer.MODEL)
                .temperature(0.0)
                .maxOutputTokens(12)
                .build();
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> streamed = new CompletableFuture<>();
        streaming.chat(asked(SYSTEM, USER).build(), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse complete) {
                streamed.complete(complete);
            }

            @Override
            public void onError(Throwable error) {
                streamed.completeExceptionally(error);
            }
        });
        ChatResponse whole =
                model().maxOutputTokens(12).build().chat(asked(SYSTEM, USER).build());

        ChatResponse complete = streamed.get(1, TimeUnit.MINUTES);
        assertThat(complete.aiMessage().text()).isEqualTo(pieces.toString()).isNotEmpty();
        assertThat(complete.tokenUsage().outputTokenCount()).isEqualTo(12);
        assertThat(whole.aiMessage().text()).isEqualTo(pieces.toString());
        assertThat(whole.finishReason()).isEqualTo(complete.finishReason());
    }

    @Test
    void responses_requiredTool_isCalledAndItsAnswerTaken() {
        ToolSpecification weather =
                ToolSpecification.builder().name("weather").parameters(CITY).build();
        ChatResponse called = model().build()
                .chat(asked(SYSTEM, USER)
                        .toolSpecifications(weather)
                        .toolChoice(ToolChoice.REQUIRED)
                        .build());

        assertThat(called.aiMessage().toolExecutionRequests()).hasSize(1);
        ToolExecutionRequest call = called.aiMessage().toolExecutionRequests().get(0);
        assertThat(call.name()).isEqualTo("weather");
        assertThat(call.arguments()).containsAnyOf("Oslo", "Rome");
        ToolExecutionResultMessage result = ToolExecutionResultMessage.from(call, "It rains.");
        ChatResponse next = model().maxOutputTokens(12)
                .build()
                .chat(asked(SYSTEM, USER, called.aiMessage(), result).build());
        assertThat(next.aiMessage().text()).isNotEmpty();
    }

    @Test
    void responses_schema_isKept() {
        ResponseFormat format = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder().name("place").rootElement(CITY).build())
                .build();
        ChatResponse answer =
                model().build().chat(asked(USER).responseFormat(format).build());

        assertThat(answer.aiMessage().text()).contains("\"city\"").containsAnyOf("Oslo", "Rome");
    }

    @Test
    void responses_whatNeedsAStore_isRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model().previousResponseId("resp_1")
                        .build()
                        .chat(ChatRequest.builder().messages(List.of(USER)).build()));
    }
}

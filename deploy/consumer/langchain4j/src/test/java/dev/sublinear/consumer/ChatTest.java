package dev.sublinear.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.langchain4j.SublinearChatModel;
import dev.sublinear.langchain4j.SublinearChatRequestParameters;
import dev.sublinear.langchain4j.SublinearStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a program writes that has only sublinear-langchain4j on its class path. */
final class ChatTest {
    private static final String QUESTION = "What is the capital city of France? Answer in one sentence.";
    private static final SublinearChatRequestParameters GREEDY = SublinearChatRequestParameters.builder()
            .temperature(0.0)
            .maxOutputTokens(64)
            .build();

    private static LocalModel local;

    @BeforeAll
    static void open() {
        local = LocalModel.open(ModelSource.parse(System.getProperty("model")), EngineSettings.DEFAULT);
    }

    @AfterAll
    static void close() {
        local.close();
    }

    @Test
    void chat_isAnswered() {
        ChatModel model =
                SublinearChatModel.builder(local).defaultRequestParameters(GREEDY).build();
        assertThat(model.chat(QUESTION)).contains("Paris");
    }

    @Test
    void stream_isTheSameAnswer() {
        StreamingChatModel model = SublinearStreamingChatModel.builder(local)
                .defaultRequestParameters(GREEDY)
                .build();
        StringBuffer told = new StringBuffer();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(QUESTION, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                told.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });
        assertThat(whole.join().aiMessage().text()).contains("Paris").isEqualTo(told.toString());
    }

    @Test
    void schema_holds() {
        JsonObjectSchema capital = JsonObjectSchema.builder()
                .addEnumProperty("capital", List.of("Berlin", "Paris", "Rome"))
                .required("capital")
                .build();
        ChatResponse response = SublinearChatModel.builder(local)
                .defaultRequestParameters(GREEDY)
                .build()
                .chat(ChatRequest.builder()
                        .messages(UserMessage.from(QUESTION))
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .name("Capital")
                                        .rootElement(capital)
                                        .build())
                                .build())
                        .build());
        assertThat(response.aiMessage().text()).containsPattern("\\{\\s*\"capital\":\\s*\"(Berlin|Paris|Rome)\"\\s*}");
    }
}

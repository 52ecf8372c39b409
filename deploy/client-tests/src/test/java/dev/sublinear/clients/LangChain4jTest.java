package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** LangChain4j's module for OpenAI, which asks through the JDK's HTTP client. */
final class LangChain4jTest {
    private static final String URL = StartedServer.get().url() + "/v1";
    private static final String ASKED = "Tell me about the sea.";

    @Test
    void chat_stream_isTheWholeAnswerInPieces() throws Exception {
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                .baseUrl(URL)
                .apiKey(StartedServer.KEY)
                .modelName(StartedServer.MODEL)
                .temperature(0.0)
                .maxTokens(12)
                .build();
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        model.chat(ASKED, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse complete) {
                response.complete(complete);
            }

            @Override
            public void onError(Throwable error) {
                response.completeExceptionally(error);
            }
        });

        ChatResponse complete = response.get(1, TimeUnit.MINUTES);
        assertThat(complete.aiMessage().text()).isEqualTo(pieces.toString()).isNotEmpty();
        assertThat(complete.tokenUsage().outputTokenCount()).isEqualTo(12);
        assertThat(chat(StartedServer.KEY, StartedServer.MODEL).chat(ASKED)).isEqualTo(pieces.toString());
    }

    private static OpenAiChatModel chat(String key, String model) {
        return OpenAiChatModel.builder()
                .baseUrl(URL)
                .apiKey(key)
                .modelName(model)
                .temperature(0.0)
                .maxTokens(12)
                .maxRetries(0)
                .build();
    }

    @Test
    void completions_prompt_isContinued() {
        OpenAiLanguageModel model = OpenAiLanguageModel.builder()
                .baseUrl(URL)
                .apiKey(StartedServer.KEY)
                .modelName(StartedServer.MODEL)
                .build();
        assertThat(model.generate("It was a dark and stormy night").content()).isNotEmpty();
    }

    @Test
    void errors_ofEachKind_areTheClientsOwn() {
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> chat("wrong", StartedServer.MODEL).chat(ASKED));
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> chat(StartedServer.KEY, "other").chat(ASKED));
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> chat(StartedServer.KEY, StartedServer.MODEL).chat("word ".repeat(20_000)));
    }
}

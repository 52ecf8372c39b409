package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.asking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.sublinear.engine.LocalModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class SublinearChatModelTest extends ToolsAndSchemasContract {
    @Override
    ChatResponse chat(
            LocalModel local, ChatRequestParameters defaults, List<ChatModelListener> listeners, ChatRequest request) {
        return SublinearChatModel.builder(local)
                .defaultRequestParameters(defaults)
                .listeners(listeners)
                .build()
                .chat(request);
    }

    @Test
    void supportedCapabilities_areJsonSchemas() {
        try (LocalModel local = Models.stub("")) {
            assertThat(SublinearChatModel.of(local).supportedCapabilities())
                    .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        }
    }

    @Test
    void build_wrongDefault_isRefusedAtOnce() {
        ChatRequestParameters wrong =
                ChatRequestParameters.builder().temperature(3.0).build();
        try (LocalModel local = Models.stub("")) {
            SublinearChatModel.Builder builder =
                    SublinearChatModel.builder(local).defaultRequestParameters(wrong);
            assertThatThrownBy(builder::build).hasMessage("temperature must be from 0 to 2, was 3.0");
        }
    }

    @Test
    void chat_interrupted_isCutAndStaysInterrupted() {
        try (LocalModel local = Models.stub("tokens-per-second=100")) {
            Thread.currentThread().interrupt();
            ChatResponse response = SublinearChatModel.of(local).chat(asking("Tell me"));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(response.finishReason()).isEqualTo(FinishReason.OTHER);
            Models.awaitIdle(local);
        }
    }

    @Test
    void chatAsync_isTheSameAnswer() {
        try (LocalModel local = Models.stub("")) {
            SublinearChatModel model = SublinearChatModel.of(local);
            ChatResponse whole = model.chatAsync(asking("Tell me", FIVE)).join();
            assertThat(whole.aiMessage())
                    .isEqualTo(model.chat(asking("Tell me", FIVE)).aiMessage());
            assertThatThrownBy(
                            () -> model.chatAsync(asking("word ".repeat(5_000))).get())
                    .hasMessageContaining("InvalidRequestException");
        }
    }

    @Test
    void chatAsync_cancelled_leavesNothingReserved() {
        try (LocalModel local = Models.stub("tokens-per-second=100")) {
            CompletableFuture<ChatResponse> response =
                    SublinearChatModel.of(local).chatAsync(asking("Tell me"));
            Awaitility.await().until(() -> local.engine().status().reservedBytes() > 0);
            response.cancel(true);
            Models.awaitIdle(local);
        }
    }
}

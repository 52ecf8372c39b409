package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.answer;
import static dev.sublinear.langchain4j.Models.asking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.ScriptedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What LangChain4j's own tests ask of every model, whether it streams or not: the cases of its AbstractBaseChatModelIT. */
abstract class ChatModelContract {
    static final ChatRequestParameters FIVE =
            ChatRequestParameters.builder().maxOutputTokens(5).build();

    /** Asks a new model over this one; what it throws and what it tells as an error come out alike. */
    abstract ChatResponse chat(
            LocalModel local, ChatRequestParameters defaults, List<ChatModelListener> listeners, ChatRequest request);

    final ChatResponse chat(LocalModel local, ChatRequestParameters defaults, ChatRequest request) {
        return chat(local, defaults, List.of(), request);
    }

    final ChatResponse chat(LocalModel local, ChatRequest request) {
        return chat(local, DefaultChatRequestParameters.EMPTY, request);
    }

    @Test
    void userMessage_isAnswered_withUsageReasonModelAndId() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering("The capital is Berlin."))) {
            ChatResponse response = chat(local, asking("What is the capital of Germany?"));
            assertThat(response.aiMessage().text()).isEqualTo("The capital is Berlin.");
            assertThat(response.aiMessage().toolExecutionRequests()).isEmpty();
            assertThat(response.aiMessage().thinking()).isNull();
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(response.id()).isNotBlank();
            assertThat(response.modelName()).isEqualTo(local.spec().family());
            assertThat(response.tokenUsage().inputTokenCount())
                    .isEqualTo(answer(response).promptTokens())
                    .isPositive();
            assertThat(response.tokenUsage().outputTokenCount())
                    .isEqualTo(answer(response).generatedTokens())
                    .isPositive();
            assertThat(response.tokenUsage().totalTokenCount())
                    .isEqualTo(
                            answer(response).promptTokens() + answer(response).generatedTokens());
        }
    }

    @Test
    void systemMessageAndParts_reachThePrompt() {
        List<Integer> prompt = Collections.synchronizedList(new ArrayList<>());
        ScriptedModel script = ScriptedModel.answering("Ja.").readingTo(ids -> {
            for (int id : ids) {
                prompt.add(id);
            }
        });
        try (LocalModel local = Models.scripted(script)) {
            chat(
                    local,
                    ChatRequest.builder()
                            .messages(
                                    SystemMessage.from("Translate into German."),
                                    UserMessage.from("ann", List.of(TextContent.from("one"), TextContent.from("two"))),
                                    AiMessage.from("eins"),
                                    UserMessage.from("three"))
                            .build());
            String read = ScriptedModel.TOKENIZER.decode(
                    prompt.stream().mapToInt(Integer::intValue).toArray());
            assertThat(read).contains("Translate into German.", "one\ntwo", "eins", "three");
        }
    }

    @Test
    void thought_isToldApart_andIsToldBack() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering("Yes."))) {
            AiMessage thought = AiMessage.builder().text("No.").thinking("Hm.").build();
            ChatResponse response = chat(
                    local,
                    ChatRequest.builder()
                            .messages(UserMessage.from("Is it?"), thought, UserMessage.from("Is it now?"))
                            .build());
            assertThat(response.aiMessage().text()).isEqualTo("Yes.");
            assertThat(Messages.of(List.of(thought)).get(0).reasoning()).isEqualTo("Hm.");
        }
    }

    @Test
    void maxOutputTokens_inRequestAndInDefaults_cuts() {
        try (LocalModel local = Models.stub("")) {
            for (ChatResponse response : List.of(
                    chat(local, asking("Tell me a long story", FIVE)),
                    chat(local, FIVE, asking("Tell me a long story")))) {
                assertThat(response.aiMessage().text()).hasSize(5);
                assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(5);
                assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
            }
            ChatRequestParameters two =
                    ChatRequestParameters.builder().maxOutputTokens(2).build();
            assertThat(chat(local, FIVE, asking("Tell me", two)).aiMessage().text())
                    .hasSize(2);
        }
    }

    @Test
    void stopSequences_endTheAnswer_whichHasNoneOfThem() {
        ChatRequestParameters stops =
                ChatRequestParameters.builder().stopSequences("World", " World").build();
        try (LocalModel local = Models.scripted(ScriptedModel.answering("Hello World!"))) {
            ChatResponse response = chat(local, asking("Say 'Hello World'", stops));
            assertThat(response.aiMessage().text()).isEqualTo("Hello");
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(chat(local, stops, asking("Say it")).aiMessage().text()).isEqualTo("Hello");
        }
    }

    @Test
    void commonParametersInOurClass_holdInRequestAndInDefaults() {
        SublinearChatRequestParameters five =
                SublinearChatRequestParameters.builder().maxOutputTokens(5).build();
        try (LocalModel local = Models.stub("")) {
            assertThat(chat(local, asking("Tell me", five)).finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(chat(local, five, asking("Tell me")).aiMessage().text()).hasSize(5);
        }
    }

    @Test
    void modelName_isTheOneThatIsOpen_andNoOther() {
        ChatRequestParameters named = ChatRequestParameters.builder()
                .modelName("ours")
                .maxOutputTokens(1)
                .build();
        try (LocalModel local = Models.stub("")) {
            assertThat(chat(local, named, asking("Tell me")).modelName()).isEqualTo("ours");
            assertThat(chat(local, named, asking("Tell me", named)).modelName()).isEqualTo("ours");
            assertThatThrownBy(() -> chat(local, asking("Tell me", named)))
                    .isExactlyInstanceOf(UnsupportedFeatureException.class)
                    .hasMessage("modelName is not supported but for the model that is open, \"Stub\", was \"ours\"");
        }
    }

    @Test
    void imagesAudioAndOwnKindsOfMessages_areRefusedByPlace() {
        ImageContent image = ImageContent.from("aGk=", "image/png");
        try (LocalModel local = Models.stub("")) {
            assertRefused(
                    local,
                    UserMessage.from(TextContent.from("What?"), image),
                    "messages[0] with content of type image is not supported: the model reads text");
            assertRefused(
                    local,
                    CustomMessage.from(Map.of()),
                    "messages[0] of type CUSTOM is not supported: a chat template knows no such speaker");
            AiMessage drawn = AiMessage.builder()
                    .text("Here")
                    .attributes(Map.of(
                            "generated_images",
                            List.of(Image.builder().base64Data("aGk=").build())))
                    .build();
            assertThat(drawn.images()).isNotEmpty();
            assertRefused(local, drawn, "messages[0] is not supported with images or audio: the model reads text");
        }
    }

    private void assertRefused(LocalModel local, ChatMessage message, String why) {
        assertThatThrownBy(() ->
                        chat(local, ChatRequest.builder().messages(message).build()))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessage(why);
    }

    @Test
    void whatTheEngineRefuses_isSaidInLangChain4jsTypes() {
        try (LocalModel local = Models.stub("tokens-per-second=100")) {
            assertThatThrownBy(() -> chat(local, asking("word ".repeat(5_000))))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("the model's context is 8192 tokens");
            ChatRequestParameters hurried = SublinearChatRequestParameters.builder()
                    .timeout(Duration.ofMillis(1))
                    .build();
            assertThatThrownBy(() -> chat(local, asking("Tell me", hurried)))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessageContaining("1 ms");
            Models.awaitIdle(local);
        }
    }

    @Test
    void listeners_hearRequestThenResponse_orFailure() {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onRequest(ChatModelRequestContext context) {
                heard.add("request of " + context.chatRequest().maxOutputTokens() + " from " + context.modelProvider());
                context.attributes().put("mine", "kept");
            }

            @Override
            public void onResponse(ChatModelResponseContext context) {
                heard.add("response " + context.chatResponse().finishReason() + " "
                        + context.attributes().get("mine"));
            }

            @Override
            public void onError(ChatModelErrorContext context) {
                heard.add("error " + context.error().getClass().getSimpleName() + " "
                        + context.attributes().get("mine"));
            }
        };
        try (LocalModel local = Models.stub("")) {
            chat(local, FIVE, List.of(listener), asking("Tell me"));
            assertThatThrownBy(() -> chat(local, FIVE, List.of(listener), asking("word ".repeat(5_000))))
                    .isInstanceOf(InvalidRequestException.class);
        }
        assertThat(heard)
                .containsExactly(
                        "request of 5 from OTHER",
                        "response LENGTH kept",
                        "request of 5 from OTHER",
                        "error InvalidRequestException kept");
    }

    @Test
    void closedModel_isSaidToBe() {
        LocalModel local = Models.stub("");
        local.close();
        assertThatThrownBy(() -> chat(local, asking("Tell me")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the model is closed");
    }
}

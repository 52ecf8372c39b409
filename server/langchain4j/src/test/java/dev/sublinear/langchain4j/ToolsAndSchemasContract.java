package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.asking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The same for tools and for answers of a given form. */
abstract class ToolsAndSchemasContract extends ChatModelContract {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CALL =
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Munich\"}}\n</tool_call>";

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .description("Tells the weather")
            .parameters(JsonObjectSchema.builder()
                    .addEnumProperty("city", List.of("Munich", "Oslo"))
                    .required("city")
                    .build())
            .build();
    private static final ToolSpecification NOW =
            ToolSpecification.builder().name("now").build();

    private static SublinearChatRequestParameters.Builder offering(ToolSpecification... tools) {
        return SublinearChatRequestParameters.builder()
                .toolSpecifications(tools)
                .temperature(0.0);
    }

    private static ResponseFormat form(JsonSchemaElement root) {
        return ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(
                        JsonSchema.builder().name("Answer").rootElement(root).build())
                .build();
    }

    private static void assertCalled(AiMessage message, int times) {
        assertThat(message.toolExecutionRequests()).hasSize(times).allSatisfy(request -> {
            assertThat(request.name()).isEqualTo("weather");
            assertThat(request.id()).isNotBlank();
            assertThat(request.arguments()).isEqualToIgnoringWhitespace("{\"city\":\"Munich\"}");
        });
    }

    @Test
    void tool_isCalled_thenItsResultAnswered() {
        List<Integer> read = Collections.synchronizedList(new ArrayList<>());
        ScriptedModel script = ScriptedModel.answering(CALL, "It is sunny.").readingTo(ids -> {
            for (int id : ids) {
                read.add(id);
            }
        });
        UserMessage question = UserMessage.from("What is the weather in Munich?");
        try (LocalModel local = Models.scripted(script)) {
            ChatResponse called =
                    chat(local, asking(question.singleText(), offering(WEATHER).build()));
            assertThat(called.aiMessage().text()).isNull();
            assertThat(called.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertCalled(called.aiMessage(), 1);

            ToolExecutionRequest request =
                    called.aiMessage().toolExecutionRequests().get(0);
            ChatResponse answered = chat(
                    local,
                    ChatRequest.builder()
                            .messages(
                                    question,
                                    called.aiMessage(),
                                    ToolExecutionResultMessage.from(request, "sunny, 21 degrees"))
                            .parameters(offering(WEATHER).build())
                            .build());
            assertThat(answered.aiMessage().text()).isEqualTo("It is sunny.");
            assertThat(answered.finishReason()).isEqualTo(FinishReason.STOP);
            String prompts = ScriptedModel.TOKENIZER.decode(
                    read.stream().mapToInt(Integer::intValue).toArray());
            assertThat(prompts).contains("Tells the weather", "Munich", "sunny, 21 degrees");
        }
    }

    @Test
    void calls_severalOrOne_asTheRequestAllows() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering(CALL + "\n" + CALL))) {
            assertCalled(
                    chat(local, asking("Munich?", offering(WEATHER).build())).aiMessage(), 2);
            ChatRequestParameters one =
                    offering(WEATHER).parallelToolCalls(false).build();
            assertCalled(chat(local, asking("Munich?", one)).aiMessage(), 1);
        }
    }

    @Test
    void toolChoice_required_isACallWhateverTheModelWouldSay() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering("I would rather talk."))) {
            for (List<ToolSpecification> tools : List.of(List.of(WEATHER), List.of(NOW, WEATHER))) {
                ChatRequestParameters required = offering(tools.toArray(ToolSpecification[]::new))
                        .toolChoice(ToolChoice.REQUIRED)
                        .maxOutputTokens(99)
                        .build();
                ChatResponse response = chat(local, asking("I live in Munich", required));
                assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
                assertThat(response.aiMessage().toolExecutionRequests())
                        .singleElement()
                        .satisfies(call -> assertThat(call.name())
                                .isIn(tools.stream()
                                        .map(ToolSpecification::name)
                                        .toList()));
            }
        }
    }

    @Test
    void toolChoice_none_isTextWhateverTheModelSays() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering(CALL))) {
            ChatRequestParameters none =
                    offering(WEATHER).toolChoice(ToolChoice.NONE).build();
            ChatResponse response = chat(local, asking("Munich?", none));
            assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
            assertThat(response.aiMessage().text()).contains("weather");
        }
    }

    @Test
    void tools_thatCannotBe_areRefusedByName() {
        try (LocalModel local = Models.stub("")) {
            ChatRequestParameters ofNone = SublinearChatRequestParameters.builder()
                    .toolChoice(ToolChoice.REQUIRED)
                    .build();
            assertThatThrownBy(() -> chat(local, asking("Go", ofNone)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("toolChoice must be AUTO or NONE without toolSpecifications, was REQUIRED");
            ToolSpecification strict = WEATHER.toBuilder().strict(true).build();
            assertThatThrownBy(() -> chat(local, asking("Go", offering(strict).build())))
                    .isExactlyInstanceOf(UnsupportedFeatureException.class)
                    .hasMessage(
                            "strict tools are not supported but where toolChoice is REQUIRED, was AUTO for tool weather");
            ToolSpecification misnamed =
                    ToolSpecification.builder().name("the weather").build();
            assertThatThrownBy(() -> chat(local, asking("Go", offering(misnamed).build())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to 64 letters, digits, underscores and hyphens, was \"the weather\"");
            assertThatThrownBy(() -> chat(local, asking("Go", offering(WEATHER).build())))
                    .isExactlyInstanceOf(UnsupportedFeatureException.class)
                    .hasMessage("tools need a chat template, and the model has none");
        }
    }

    @Test
    void json_withoutASchema_isAnObject() throws IOException {
        ChatRequestParameters json = ChatRequestParameters.builder()
                .responseFormat(ResponseFormat.JSON)
                .build();
        try (LocalModel local = Models.scripted(ScriptedModel.answering("{\"city\": \"Berlin\"} is the answer"))) {
            ChatResponse response = chat(local, asking("What is the capital of Germany?", json));
            assertThat(JSON.readTree(response.aiMessage().text()).isObject()).isTrue();
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void jsonSchema_withReferencesAndRequiredProperties_holds() throws IOException {
        JsonSchemaElement tree = JsonObjectSchema.builder()
                .addEnumProperty("city", List.of("Berlin", "Bonn"))
                .addProperty(
                        "inner", JsonReferenceSchema.builder().reference("leaf").build())
                .required("city", "inner")
                .definitions(Map.of(
                        "leaf",
                        JsonObjectSchema.builder()
                                .addBooleanProperty("is")
                                .required("is")
                                .build()))
                .build();
        ChatRequestParameters json =
                ChatRequestParameters.builder().responseFormat(form(tree)).build();
        try (LocalModel local = Models.stub("")) {
            ChatResponse response = chat(local, json, asking("What is the capital of Germany?"));
            JsonNode answer = JSON.readTree(response.aiMessage().text());
            assertThat(answer.path("city").asText()).isIn("Berlin", "Bonn");
            assertThat(answer.path("inner").path("is").isBoolean()).isTrue();
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void jsonSchema_thatIsNotSupported_isRefusedByName() {
        ChatRequestParameters json = ChatRequestParameters.builder()
                .responseFormat(form(JsonRawSchema.from("{\"type\": \"object\", \"not\": {\"required\": [\"a\"]}}")))
                .build();
        try (LocalModel local = Models.stub("")) {
            assertThatThrownBy(() -> chat(local, asking("Go", json)))
                    .isExactlyInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("not");
        }
    }

    @Test
    void toolAndJsonSchema_callThenFittingAnswer() {
        JsonSchemaElement form = JsonObjectSchema.builder()
                .addEnumProperty("weather", List.of("sunny", "rainy"))
                .required("weather")
                .build();
        ChatRequestParameters both =
                offering(WEATHER).responseFormat(form(form)).maxOutputTokens(99).build();
        UserMessage question = UserMessage.from("What is the weather in Munich?");
        try (LocalModel local = Models.scripted(ScriptedModel.answering(CALL, "{\"weather\": \"sunny\"}"))) {
            ChatResponse called = chat(local, asking(question.singleText(), both));
            assertThat(called.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertCalled(called.aiMessage(), 1);
            ChatResponse answered = chat(
                    local,
                    ChatRequest.builder()
                            .messages(
                                    question,
                                    called.aiMessage(),
                                    ToolExecutionResultMessage.from(
                                            called.aiMessage()
                                                    .toolExecutionRequests()
                                                    .get(0),
                                            "sunny"))
                            .parameters(both)
                            .build());
            assertThat(answered.aiMessage().text()).isEqualToIgnoringWhitespace("{\"weather\":\"sunny\"}");
            assertThat(answered.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }
}

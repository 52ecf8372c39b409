package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ToolChoiceOptions;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The Responses API of OpenAI's own client for Java, which checks every answer against what it knows of it. */
final class OpenAiJavaResponsesTest {
    private static final String ASKED = "Tell me about the sea.";
    private static final OpenAIClient CLIENT = OpenAIOkHttpClient.builder()
            .baseUrl(StartedServer.get().url() + "/v1")
            .apiKey(StartedServer.KEY)
            .maxRetries(0)
            .responseValidation(true)
            .build();

    private static ResponseCreateParams.Builder asked() {
        return ResponseCreateParams.builder()
                .model(StartedServer.MODEL)
                .instructions("You are brief.")
                .input(ASKED)
                .maxOutputTokens(12)
                .temperature(0.0);
    }

    private static String text(Response response) {
        return response.output().stream()
                .flatMap(item -> item.message().stream())
                .flatMap(message -> message.content().stream())
                .flatMap(content -> content.outputText().stream())
                .map(part -> part.text())
                .collect(Collectors.joining());
    }

    @Test
    void responses_stream_accumulatesToTheWholeAnswer() {
        Response whole = CLIENT.responses().create(asked().build());
        ResponseAccumulator accumulator = ResponseAccumulator.create();
        try (StreamResponse<ResponseStreamEvent> stream = CLIENT.responses().createStreaming(asked().build())) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }
        Response accumulated = accumulator.response();

        assertThat(text(whole)).isNotEmpty();
        assertThat(whole.status()).contains(ResponseStatus.INCOMPLETE);
        assertThat(whole.usage().orElseThrow().outputTokens()).isEqualTo(12);
        assertThat(text(accumulated)).isEqualTo(text(whole));
        assertThat(accumulated.status()).isEqualTo(whole.status());
        assertThat(accumulated.usage()).isEqualTo(whole.usage());
    }

    @Test
    void responses_structuredOutput_isOfTheClass() {
        OpenAiJavaTest.Forecast forecast = CLIENT.responses()
                .create(asked().maxOutputTokens(200)
                        .text(OpenAiJavaTest.Forecast.class)
                        .build())
                .output()
                .get(0)
                .asMessage()
                .content()
                .get(0)
                .asOutputText();

        assertThat(forecast.wind).isIn((Object[]) OpenAiJavaTest.Forecast.Wind.values());
    }

    @Test
    void responses_requiredTool_isCalledAndItsAnswerTaken() {
        Response answer = CLIENT.responses()
                .create(asked().maxOutputTokens(200)
                        .addTool(OpenAiJavaTest.Weather.class)
                        .toolChoice(ToolChoiceOptions.REQUIRED)
                        .build());

        ResponseFunctionToolCall call = answer.output().get(0).asFunctionCall();
        assertThat(call.arguments(OpenAiJavaTest.Weather.class).city)
                .isIn((Object[]) OpenAiJavaTest.Weather.City.values());
        ResponseInputItem question = ResponseInputItem.ofEasyInputMessage(EasyInputMessage.builder()
                .role(EasyInputMessage.Role.USER)
                .content(ASKED)
                .build());
        ResponseInputItem output = ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                .callId(call.callId())
                .output("It rains.")
                .build());
        Response next = CLIENT.responses()
                .create(asked().inputOfResponse(List.of(question, ResponseInputItem.ofFunctionCall(call), output))
                        .addTool(OpenAiJavaTest.Weather.class)
                        .toolChoice(ToolChoiceOptions.NONE)
                        .build());
        assertThat(text(next)).isNotEmpty();
    }

    @Test
    void responses_whatNeedsAStore_isRefusedByName() {
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> CLIENT.responses().create(asked().store(true).build()))
                .satisfies(error -> assertThat(error.param()).contains("store"));
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> CLIENT.responses()
                        .create(asked().previousResponseId("resp_1").build()))
                .satisfies(error -> assertThat(error.param()).contains("previous_response_id"));
    }
}

package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import java.util.List;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java. */
final class OpenAiJavaTest {
    private static final OpenAIClient CLIENT = client(StartedServer.KEY);

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(StartedServer.get().url() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model(StartedServer.MODEL)
                .addSystemMessage("You are brief.")
                .addUserMessage("Tell me about the sea.")
                .maxCompletionTokens(12)
                .temperature(0.0);
    }

    @Test
    void chat_stream_accumulatesToTheWholeAnswer() {
        ChatCompletion whole = CLIENT.chat().completions().create(chat().build());
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        ChatCompletionCreateParams streamed = chat().streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> stream =
                CLIENT.chat().completions().createStreaming(streamed)) {
            stream.stream().forEach(accumulator::accumulate);
        }
        ChatCompletion accumulated = accumulator.chatCompletion();

        String text = whole.choices().get(0).message().content().orElseThrow();
        assertThat(text).isNotEmpty();
        assertThat(accumulated.choices().get(0).message().content()).contains(text);
        assertThat(accumulated.choices().get(0).finishReason())
                .isEqualTo(whole.choices().get(0).finishReason());
        assertThat(accumulated.usage().orElseThrow().completionTokens())
                .isEqualTo(whole.usage().orElseThrow().completionTokens());
        whole.validate();
    }

    /** What the answer shall be. */
    static final class Forecast {
        public boolean rain;
        public Wind wind = Wind.WEAK;

        /** How strong. */
        enum Wind {
            WEAK,
            STRONG
        }
    }

    @Test
    void chat_structuredOutput_isOfTheClass() {
        Forecast forecast = CLIENT.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model(StartedServer.MODEL)
                        .addUserMessage("How will the weather be?")
                        .maxCompletionTokens(200)
                        .temperature(0.0)
                        .responseFormat(Forecast.class)
                        .build())
                .choices()
                .get(0)
                .message()
                .content()
                .orElseThrow();

        assertThat(forecast.wind).isIn((Object[]) Forecast.Wind.values());
    }

    /** A tool. */
    @JsonClassDescription("Gets the weather of a city")
    static final class Weather {
        public City city = City.OSLO;

        /** Where. */
        enum City {
            OSLO,
            ROME
        }
    }

    @Test
    void chat_requiredTool_isCalledWithArgumentsOfTheClass() {
        ChatCompletion answer = CLIENT.chat()
                .completions()
                .create(chat().addTool(Weather.class)
                        .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                        .maxCompletionTokens(200)
                        .build());

        List<ChatCompletionMessageFunctionToolCall> calls =
                answer.choices().get(0).message().toolCalls().orElseThrow().stream()
                        .map(call -> call.asFunction())
                        .toList();
        assertThat(calls).hasSize(1);
        assertThat(calls.get(0).function().arguments(Weather.class).city).isIn((Object[]) Weather.City.values());
        assertThat(answer.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);

        ChatCompletion next = CLIENT.chat()
                .completions()
                .create(chat().addMessage(answer.choices().get(0).message())
                        .addMessage(com.openai.models.chat.completions.ChatCompletionToolMessageParam.builder()
                                .toolCallId(calls.get(0).id())
                                .content("It rains.")
                                .build())
                        .build());
        assertThat(next.choices().get(0).message().content()).isPresent();
    }

    @Test
    void completions_wholeAndStreamed_areTheSame() {
        CompletionCreateParams asked = CompletionCreateParams.builder()
                .model(StartedServer.MODEL)
                .prompt("It was a dark and stormy night")
                .maxTokens(12)
                .temperature(0.0)
                .logprobs(2)
                .build();
        Completion whole = CLIENT.completions().create(asked);
        StringBuilder streamed = new StringBuilder();
        try (StreamResponse<Completion> stream = CLIENT.completions().createStreaming(asked)) {
            stream.stream()
                    .forEach(event -> streamed.append(event.choices().get(0).text()));
        }

        assertThat(streamed.toString()).isEqualTo(whole.choices().get(0).text()).isNotEmpty();
        assertThat(whole.choices().get(0).logprobs().orElseThrow().tokens().orElseThrow())
                .hasSize(12);
        whole.validate();
    }

    @Test
    void models_listAndDescribe_haveTheOne() {
        assertThat(CLIENT.models().list().data()).hasSize(1);
        assertThat(CLIENT.models().retrieve(StartedServer.MODEL).id()).isEqualTo(StartedServer.MODEL);
    }

    @Test
    void errors_ofEachKind_areTheClientsOwn() {
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> CLIENT.chat()
                        .completions()
                        .create(chat().temperature(3.0).build()))
                .satisfies(error -> assertThat(error.param()).contains("temperature"))
                .satisfies(error -> assertThat(error.code()).contains("invalid_value"));
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> CLIENT.chat()
                        .completions()
                        .create(chat().maxCompletionTokens(100_000).build()))
                .satisfies(error -> assertThat(error.code()).contains("context_length_exceeded"));
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() ->
                        CLIENT.chat().completions().create(chat().model("other").build()))
                .satisfies(error -> assertThat(error.code()).contains("model_not_found"));
        assertThatExceptionOfType(UnauthorizedException.class)
                .isThrownBy(() -> client("wrong").models().list())
                .satisfies(error -> assertThat(error.code()).contains("invalid_api_key"));
    }
}

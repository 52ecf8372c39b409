package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link CompletionRequest}, and each event of a streamed one: they have the same shape.
 *
 * @param created seconds since 1970
 * @param usage {@link Usage}; JSON's null in an event before the one that tells it; left out of a stream that need not tell it
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record CompletionResponse(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Object usage) {

    /** One text. The finish reason is null while more comes. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Choice(
            int index,
            String text,
            @Nullable Logprobs logprobs,
            @JsonProperty("finish_reason") @Nullable String finishReason) {}

    /**
     * The log probabilities of an answer's tokens.
     *
     * @param tokenLogprobs null for the first token of a prompt, which nothing precedes
     * @param topLogprobs the same; null if no alternatives were asked for
     * @param textOffset where each token begins in the text
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Logprobs(
            List<String> tokens,
            @JsonProperty("token_logprobs") List<@Nullable Double> tokenLogprobs,
            @JsonProperty("top_logprobs") @Nullable List<@Nullable Map<String, Double>> topLogprobs,
            @JsonProperty("text_offset") List<Integer> textOffset) {}
}

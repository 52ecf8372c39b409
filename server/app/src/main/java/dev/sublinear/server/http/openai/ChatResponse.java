package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link ChatRequest}.
 *
 * @param created seconds since 1970
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ChatResponse(String id, String object, long created, String model, List<Choice> choices, Usage usage) {

    /** One answer. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Choice(
            int index,
            Message message,
            @Nullable Logprobs logprobs,
            @JsonProperty("finish_reason") String finishReason) {}

    /**
     * The message of the assistant.
     *
     * @param content null where tools are called
     * @param reasoningContent the thoughts before it; left out where there are none
     * @param toolCalls left out where there are none
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Message(
            String role,
            @Nullable String content,

            @JsonProperty("reasoning_content") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String reasoningContent,

            @Nullable String refusal,

            @JsonProperty("tool_calls") @JsonInclude(JsonInclude.Include.NON_EMPTY)
            List<ToolCall> toolCalls) {}

    /** A call of a function; {@code index} is only for streams. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ToolCall(@Nullable Integer index, String id, String type, Function function) {

        public static ToolCall of(String id, String name, String arguments) {
            return new ToolCall(null, id, "function", new Function(name, arguments));
        }

        public ToolCall at(int place) {
            return new ToolCall(place, id, type, function);
        }
    }

    /**
     * The name of a function and its arguments.
     *
     * @param arguments JSON, as text
     */
    public record Function(String name, String arguments) {}

    /** The log probabilities of an answer's tokens. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Logprobs(
            List<TokenLogprob> content, @Nullable Object refusal) {}

    /**
     * The log probability of a token, and those of the likeliest tokens in its place.
     *
     * @param bytes of the token, from 0 to 255; null if it has no text
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record TokenLogprob(
            String token,
            double logprob,
            @Nullable List<Integer> bytes,

            @JsonProperty("top_logprobs") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<TokenLogprob> topLogprobs) {

        /** Returns the same with an empty list for missing bytes, here and in the likeliest tokens. */
        TokenLogprob withBytes() {
            return new TokenLogprob(
                    token,
                    logprob,
                    bytes == null ? List.of() : bytes,
                    topLogprobs == null
                            ? null
                            : topLogprobs.stream().map(TokenLogprob::withBytes).toList());
        }
    }

    /**
     * An event of a streamed answer.
     *
     * @param usage as in {@link CompletionResponse}
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Chunk(
            String id,
            String object,
            long created,
            String model,
            List<Piece> choices,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Object usage) {}

    /** What an event adds to an answer. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Piece(
            int index,
            Delta delta,
            @Nullable Logprobs logprobs,
            @JsonProperty("finish_reason") @Nullable String finishReason) {}

    /** More of a message. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Delta(
            @Nullable String role,
            @Nullable String content,
            @JsonProperty("reasoning_content") @Nullable String reasoningContent,
            @JsonProperty("tool_calls") @Nullable List<ToolCall> toolCalls) {
        public static final Delta END = new Delta(null, null, null, null);

        public static Delta begin() {
            return new Delta("assistant", "", null, null);
        }

        public static Delta of(String content) {
            return new Delta(null, content, null, null);
        }

        public static Delta thought(String more) {
            return new Delta(null, null, more, null);
        }

        public static Delta of(List<ToolCall> calls) {
            return new Delta(null, null, null, calls);
        }
    }
}

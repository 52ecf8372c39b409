package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link ResponsesRequest}.
 *
 * @param createdAt seconds since 1970
 * @param status in_progress, completed, incomplete or failed
 * @param usage null while it is in progress
 * @param asked the fields that it repeats of the request
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Response(
        String id,
        String object,
        @JsonProperty("created_at") long createdAt,
        String status,
        @Nullable Failure error,
        @JsonProperty("incomplete_details") @Nullable Incomplete incompleteDetails,
        String model,
        List<Item> output,
        @Nullable Consumption usage,
        @JsonUnwrapped Asked asked) {

    /** Why a response failed. */
    public record Failure(String code, String message) {}

    /** Why a response is incomplete. */
    public record Incomplete(String reason) {
        public static final Incomplete MAX_OUTPUT_TOKENS = new Incomplete("max_output_tokens");
    }

    /**
     * The fields that a response repeats of its request, with defaults for those that the request left out.
     *
     * @param previousResponseId always null, as nothing is stored
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Asked(
            boolean background,
            @Nullable String instructions,
            @JsonProperty("max_output_tokens") @Nullable Integer maxOutputTokens,
            JsonNode metadata,
            @JsonProperty("parallel_tool_calls") boolean parallelToolCalls,
            @JsonProperty("previous_response_id") @Nullable String previousResponseId,
            @JsonProperty("prompt_cache_key") @Nullable String promptCacheKey,
            JsonNode reasoning,
            @JsonProperty("safety_identifier") @Nullable String safetyIdentifier,
            @JsonProperty("service_tier") String serviceTier,
            boolean store,
            double temperature,
            JsonNode text,
            @JsonProperty("tool_choice") JsonNode toolChoice,
            List<JsonNode> tools,
            @JsonProperty("top_logprobs") int topLogprobs,
            @JsonProperty("top_p") double topP,
            String truncation,
            @Nullable String user) {
        private static final int MOST = 16_384; // characters

        /** Returns this without its longest fields, if it is long: a stream repeats it in each of its first two events. */
        public Asked brief() {
            int length = (instructions == null ? 0 : instructions.length())
                    + tools.toString().length()
                    + text.toString().length();
            return length <= MOST
                    ? this
                    : new Asked(
                            background,
                            null,
                            maxOutputTokens,
                            metadata,
                            parallelToolCalls,
                            previousResponseId,
                            promptCacheKey,
                            reasoning,
                            safetyIdentifier,
                            serviceTier,
                            store,
                            temperature,
                            JsonNodeFactory.instance.objectNode(),
                            toolChoice,
                            List.of(),
                            topLogprobs,
                            topP,
                            truncation,
                            user);
        }
    }

    /** A part of the output. */
    public sealed interface Item {
        String type();
    }

    /** What the assistant says. */
    public record Message(String type, String id, String status, String role, List<Text> content) implements Item {
        public static Message of(String id, String status, List<Text> content) {
            return new Message("message", id, status, "assistant", content);
        }
    }

    /**
     * A call of a function.
     *
     * @param callId by which its answer names it
     * @param arguments JSON, as text
     */
    public record Call(
            String type,
            String id,
            @JsonProperty("call_id") String callId,
            String name,
            String arguments,
            String status)
            implements Item {
        public static Call of(String id, String callId, String name, String arguments, String status) {
            return new Call("function_call", id, callId, name, arguments, status);
        }
    }

    /**
     * What the model thinks before it answers.
     *
     * @param summary always empty
     */
    public record Reasoning(String type, String id, String status, List<String> summary, List<Text> content)
            implements Item {
        public static Reasoning of(String id, String status, List<Text> content) {
            return new Reasoning("reasoning", id, status, List.of(), content);
        }
    }

    /**
     * Text of a message or a thought.
     *
     * @param annotations always empty; left out of a thought
     * @param logprobs of its tokens, if the request asked for them; left out of a thought
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Text(
            String type,
            String text,
            @Nullable List<String> annotations,
            @Nullable List<TokenLogprob> logprobs) {
        public static Text said(String text, List<TokenLogprob> logprobs) {
            return new Text(
                    "output_text",
                    text,
                    List.of(),
                    logprobs.stream().map(TokenLogprob::withBytes).toList());
        }

        public static Text thought(String text) {
            return new Text("reasoning_text", text, null, null);
        }
    }

    /** The tokens that a response took, and what its cache kept. */
    public record Consumption(
            @JsonProperty("input_tokens") int inputTokens,
            @JsonProperty("input_tokens_details") InputDetails inputTokensDetails,
            @JsonProperty("output_tokens") int outputTokens,
            @JsonProperty("output_tokens_details") OutputDetails outputTokensDetails,
            @JsonProperty("total_tokens") int totalTokens,
            @JsonProperty("kv_cache") Usage.Cache kvCache) {
        public static Consumption of(Usage usage) {
            return new Consumption(
                    usage.promptTokens(),
                    new InputDetails(usage.promptTokensDetails().cachedTokens(), 0),
                    usage.completionTokens(),
                    new OutputDetails(usage.completionTokensDetails().reasoningTokens()),
                    usage.totalTokens(),
                    usage.kvCache());
        }
    }

    /**
     * The number of input tokens that had been read before.
     *
     * @param cacheWriteTokens always 0: what is kept for later is not counted
     */
    public record InputDetails(
            @JsonProperty("cached_tokens") int cachedTokens,
            @JsonProperty("cache_write_tokens") int cacheWriteTokens) {}

    /** The number of output tokens that were thoughts. */
    public record OutputDetails(
            @JsonProperty("reasoning_tokens") int reasoningTokens) {}
}

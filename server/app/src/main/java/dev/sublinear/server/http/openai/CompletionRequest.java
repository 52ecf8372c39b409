package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A request to {@code POST /v1/completions}.
 *
 * @param prompts one or more, each of which is answered independently
 * @param echo whether an answer begins with its prompt
 */
public record CompletionRequest(
        List<Prompt> prompts, int maxTokens, boolean echo, LogprobsWanted logprobs, Fields fields) {
    private static final int DEFAULT_MAX_TOKENS = 16;
    private static final int MAX_PROMPTS = 16;
    private static final int MAX_LOGPROBS = 5;

    /** A prompt, as text or as token ids. */
    public sealed interface Prompt {
        /** Returns the token ids; {@code tokenize} makes them of a text. */
        int[] ids(Function<String, int[]> tokenize);

        /** To be tokenized. */
        record Text(String text) implements Prompt {
            @Override
            public int[] ids(Function<String, int[]> tokenize) {
                return tokenize.apply(text);
            }
        }

        /** Tokenized by the client. */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Ids(int[] ids) implements Prompt {
            @Override
            public int[] ids(Function<String, int[]> tokenize) {
                return ids;
            }
        }
    }

    /**
     * Reads the body of a request.
     *
     * @throws ApiError naming the first field that is wrong or not supported
     */
    public static CompletionRequest parse(byte[] body, Offer offer) {
        return of(Json.parse(body), offer);
    }

    static CompletionRequest of(JsonObject json, Offer offer) {
        Fields fields = Fields.parse(json, offer);
        Fields.refuse(
                "suffix",
                json.string("suffix").filter(suffix -> !suffix.isEmpty()).isPresent());
        Fields.refuse(
                "best_of",
                json.integer("best_of").orElse(fields.options().choices())
                        != fields.options().choices());
        Fields.refuse("response_format", json.has("response_format"));
        boolean echo = json.flag("echo");
        int least = echo ? 0 : 1;
        return new CompletionRequest(
                prompts(json),
                Fields.within(json, "max_tokens", least, Integer.MAX_VALUE, DEFAULT_MAX_TOKENS),
                echo,
                logprobs(json, echo),
                fields);
    }

    private static LogprobsWanted logprobs(JsonObject json, boolean echo) {
        if (!json.has("logprobs")) {
            return LogprobsWanted.NONE;
        }
        int alternatives = Fields.within(json, "logprobs", 0, MAX_LOGPROBS, 0);
        LogprobsWanted.Scope scope = echo ? LogprobsWanted.Scope.PROMPT_AND_ANSWER : LogprobsWanted.Scope.ANSWER;
        return new LogprobsWanted(scope, alternatives);
    }

    private static List<Prompt> prompts(JsonObject json) {
        JsonNode prompt = json.field("prompt").orElseThrow(() -> ApiError.invalidValue("prompt", "prompt is required"));
        boolean several =
                prompt.isArray() && prompt.size() > 0 && !prompt.get(0).isNumber();
        if (!several) {
            return List.of(prompt(prompt));
        }
        if (prompt.size() > MAX_PROMPTS) {
            throw ApiError.invalidValue(
                    "prompt", "prompt must have at most %s prompts, was %s", MAX_PROMPTS, prompt.size());
        }
        List<Prompt> prompts = new ArrayList<>();
        prompt.forEach(one -> prompts.add(prompt(one)));
        return prompts;
    }

    private static Prompt prompt(JsonNode one) {
        return one.isArray() ? new Prompt.Ids(ids(one)) : new Prompt.Text(JsonObject.text(one, "prompt"));
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = JsonObject.integer(array.get(i), "prompt");
        }
        return ids;
    }
}

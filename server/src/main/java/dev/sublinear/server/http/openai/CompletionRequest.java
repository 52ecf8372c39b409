package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.server.sampling.InvalidParameterException;
import dev.sublinear.server.sampling.Penalties;
import dev.sublinear.server.sampling.SamplingParams;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * A request to {@code POST /v1/completions}, checked, with defaults in place of what it leaves open. What it asks for
 * and this server cannot do is refused rather than ignored.
 *
 * @param stops texts before which to end
 * @param streams whether the answer comes as server-sent events
 * @param includesUsage whether a stream ends with an event that tells the usage
 */
public record CompletionRequest(
        Prompt prompt,
        int maxTokens,
        SamplingParams sampling,
        List<String> stops,
        EvictionPolicy policy,
        boolean streams,
        boolean includesUsage) {
    private static final int DEFAULT_MAX_TOKENS = 16;
    private static final int MAX_STOPS = 4;
    private static final int MAX_STOP_BYTES = 64;

    /**
     * What the server offers.
     *
     * @param model the name of the only model
     * @param policy for requests that ask for no other
     * @param allowOverride whether they may ask
     */
    public record Offer(String model, EvictionPolicy policy, boolean allowOverride) {}

    /** A prompt, as text or as ids. */
    public sealed interface Prompt {
        /** Returns the ids, which {@code tokenize} makes of a text. */
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
        JsonObject json = Json.parse(body);
        json.string("model").filter(model -> !model.equals(offer.model())).ifPresent(model -> {
            throw ApiError.modelNotFound(model);
        });
        refuseUnsupported(json);
        boolean streams = json.flag("stream");
        return new CompletionRequest(
                prompt(json),
                maxTokens(json),
                sampling(json),
                stops(json),
                policy(json, offer),
                streams,
                includesUsage(json, streams));
    }

    private static void refuseUnsupported(JsonObject json) {
        refuse("echo", json.flag("echo"));
        refuse("n", json.integer("n").orElse(1) != 1);
        refuse("best_of", json.integer("best_of").orElse(1) != 1);
        refuse("logprobs", json.has("logprobs"));
        refuse(
                "suffix",
                json.string("suffix").filter(suffix -> !suffix.isEmpty()).isPresent());
        refuse("response_format", json.has("response_format"));
    }

    private static void refuse(String param, boolean asked) {
        if (asked) {
            throw ApiError.unsupportedParameter(param, param);
        }
    }

    private static Prompt prompt(JsonObject json) {
        JsonNode prompt = json.field("prompt").orElseThrow(() -> ApiError.invalidValue("prompt", "prompt is required"));
        boolean several =
                prompt.isArray() && prompt.size() > 0 && !prompt.get(0).isNumber();
        if (several && prompt.size() > 1) {
            throw ApiError.unsupportedParameter("prompt", "more than one prompt in a request");
        }
        JsonNode only = several ? prompt.get(0) : prompt;
        return only.isArray() ? new Prompt.Ids(ids(only)) : new Prompt.Text(JsonObject.text(only, "prompt"));
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = JsonObject.integer(array.get(i), "prompt");
        }
        return ids;
    }

    private static int maxTokens(JsonObject json) {
        int maxTokens = json.integer("max_tokens").orElse(DEFAULT_MAX_TOKENS);
        if (maxTokens < 1) {
            throw ApiError.invalidValue("max_tokens", "max_tokens must be at least 1, was %s", maxTokens);
        }
        return maxTokens;
    }

    private static SamplingParams sampling(JsonObject json) {
        try {
            return new SamplingParams(
                    json.number("temperature").orElse(1),
                    json.number("top_p").orElse(1),
                    json.integer("top_k").orElse(0),
                    json.number("min_p").orElse(0),
                    penalties(json),
                    logitBias(json),
                    json.integer64("seed").orElseGet(ThreadLocalRandom.current()::nextLong));
        } catch (InvalidParameterException e) {
            throw ApiError.invalidValue(e.parameter(), "%s", e.getMessage());
        }
    }

    private static Penalties penalties(JsonObject json) {
        return new Penalties(
                json.number("repetition_penalty").orElse(1),
                json.number("presence_penalty").orElse(0),
                json.number("frequency_penalty").orElse(0));
    }

    private static Map<Integer, Double> logitBias(JsonObject json) {
        Map<Integer, Double> biases = new HashMap<>();
        json.object("logit_bias").ifPresent(bias -> {
            for (String name : bias.names()) {
                bias.number(name).ifPresent(value -> biases.put(tokenId(name), value));
            }
        });
        return biases;
    }

    private static int tokenId(String name) {
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw ApiError.invalidValue("logit_bias", "logit_bias must have token ids as names");
        }
    }

    private static List<String> stops(JsonObject json) {
        List<String> stops = json.strings("stop");
        if (stops.size() > MAX_STOPS) {
            throw ApiError.invalidValue("stop", "stop must have at most %s texts, was %s", MAX_STOPS, stops.size());
        }
        for (String stop : stops) {
            int bytes = stop.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > MAX_STOP_BYTES) {
                throw ApiError.invalidValue(
                        "stop", "each text of stop must have 1 to %s bytes, was %s", MAX_STOP_BYTES, bytes);
            }
        }
        return stops;
    }

    private static EvictionPolicy policy(JsonObject json, Offer offer) {
        Optional<JsonObject> asked = json.object("kv_cache");
        if (asked.isEmpty()) {
            return offer.policy();
        }
        if (!offer.allowOverride()) {
            throw ApiError.invalidValue("kv_cache", "kv_cache cannot be chosen by a request on this server");
        }
        EvictionPolicy usual = offer.policy();
        BudgetSchedule budget = chosen(asked.get(), "budget", BudgetSchedule::parse, usual.budget());
        Scorer scorer = chosen(asked.get(), "scorer", Scorers::named, usual.scorer());
        try {
            return new EvictionPolicy(budget, scorer, usual.protection(), usual.slack());
        } catch (IllegalArgumentException e) {
            throw ApiError.invalidValue("kv_cache.budget", "%s", String.valueOf(e.getMessage()));
        }
    }

    private static <T> T chosen(JsonObject json, String name, Function<String, T> parse, T otherwise) {
        try {
            return json.string(name).map(parse).orElse(otherwise);
        } catch (IllegalArgumentException e) {
            throw ApiError.invalidValue("kv_cache." + name, "%s", String.valueOf(e.getMessage()));
        }
    }

    private static boolean includesUsage(JsonObject json, boolean streams) {
        Optional<JsonObject> options = json.object("stream_options");
        if (options.isPresent() && !streams) {
            throw ApiError.invalidValue("stream_options", "stream_options is only for stream: true");
        }
        return options.isPresent() && options.get().flag("include_usage");
    }
}

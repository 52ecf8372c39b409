package dev.sublinear.server.http.openai;

import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The fields that requests for completions and for chats have in common, checked, with defaults for those left out. A field
 * that asks for something this server cannot do is refused; a field that no API knows is ignored.
 *
 * @param streams whether the answer comes as server-sent events
 * @param includesUsage whether a stream ends with an event that tells the usage
 */
public record Fields(GenerationOptions options, boolean streams, boolean includesUsage) {
    private static final int MAX_CHOICES = 4;
    private static final int MAX_STOPS = 4;
    private static final int MAX_STOP_BYTES = 64;
    private static final int MAX_STOP_IDS = 16;
    private static final int MAX_BIASES = 300;

    static Fields parse(JsonObject json, Offer offer) {
        requireModel(json, offer);
        boolean streams = json.flag("stream");
        GenerationOptions options = new GenerationOptions(
                within(json, "n", 1, MAX_CHOICES, 1),
                within(json, "min_tokens", 0, Integer.MAX_VALUE, 0),
                sampling(json, offer.defaults()),
                stops(json),
                LogprobsWanted.NONE,
                policy(json, offer),
                within(json, "prompt_lookup", 0, Drafter.MOST_DRAFTED, offer.promptLookup()));
        return new Fields(options, streams, includesUsage(json, streams));
    }

    static void requireModel(JsonObject json, Offer offer) {
        json.string("model").filter(model -> !model.equals(offer.model())).ifPresent(model -> {
            throw ApiError.modelNotFound(model);
        });
    }

    static int within(JsonObject json, String name, int least, int most, int otherwise) {
        int value = json.integer(name).orElse(otherwise);
        if (value < least || value > most) {
            String rule = most == Integer.MAX_VALUE ? "at least " + least : "from " + least + " to " + most;
            throw ApiError.invalidValue(name, "%s must be %s, was %s", name, rule, value);
        }
        return value;
    }

    static void refuse(String param, boolean asked) {
        if (asked) {
            throw ApiError.unsupportedParameter(param, param);
        }
    }

    private static SamplingParams sampling(JsonObject json, GenerationDefaults usual) {
        try {
            return new SamplingParams(
                    json.number("temperature").orElse(usual.temperature()),
                    json.number("top_p").orElse(usual.topP()),
                    json.integer("top_k").orElse(usual.topK()),
                    json.number("min_p").orElse(usual.minP()),
                    penalties(json, usual),
                    logitBias(json),
                    json.integer64("seed").orElseGet(ThreadLocalRandom.current()::nextLong));
        } catch (InvalidParameterException e) {
            throw ApiError.invalidValue(e.parameter(), "%s", e.getMessage());
        }
    }

    private static Penalties penalties(JsonObject json, GenerationDefaults usual) {
        return new Penalties(
                json.number("repetition_penalty").orElse(usual.repetitionPenalty()),
                json.number("presence_penalty").orElse(0),
                json.number("frequency_penalty").orElse(0));
    }

    private static Map<Integer, Double> logitBias(JsonObject json) {
        Map<Integer, Double> biases = new HashMap<>();
        json.object("logit_bias").ifPresent(bias -> {
            List<String> names = bias.names();
            if (names.size() > MAX_BIASES) {
                throw ApiError.invalidValue(
                        "logit_bias", "logit_bias must have at most %s ids, was %s", MAX_BIASES, names.size());
            }
            for (String name : names) {
                int id = tokenId(name); // before the value: an error would name a field by what the client chose
                bias.number(name).ifPresent(value -> biases.put(id, value));
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

    private static Stops stops(JsonObject json) {
        List<String> texts = json.strings("stop");
        if (texts.size() > MAX_STOPS) {
            throw ApiError.invalidValue("stop", "stop must have at most %s texts, was %s", MAX_STOPS, texts.size());
        }
        for (String stop : texts) {
            int bytes = stop.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > MAX_STOP_BYTES) {
                throw ApiError.invalidValue(
                        "stop", "each text of stop must have 1 to %s bytes, was %s", MAX_STOP_BYTES, bytes);
            }
        }
        int[] ids = json.integers("stop_token_ids");
        if (ids.length > MAX_STOP_IDS) {
            throw ApiError.invalidValue(
                    "stop_token_ids", "stop_token_ids must have at most %s ids, was %s", MAX_STOP_IDS, ids.length);
        }
        Set<Integer> stopIds = Arrays.stream(ids).boxed().collect(Collectors.toSet());
        return new Stops(texts, stopIds, json.flag("ignore_eos"));
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
        BudgetSchedule budget =
                chosen(asked.get(), "budget", text -> BudgetSchedule.parse(text, laws(usual)), usual.budget());
        Scorer scorer = chosen(asked.get(), "scorer", Scorers::named, usual.scorer());
        try {
            return new EvictionPolicy(budget, scorer, usual.protection(), usual.slack());
        } catch (IllegalArgumentException e) {
            throw ApiError.invalidValue("kv_cache.budget", "%s", String.valueOf(e.getMessage()));
        }
    }

    /** The laws that the server's own policy has, if it has any: a request may scale them. */
    private static Optional<HeadLaws> laws(EvictionPolicy usual) {
        return usual.budget() instanceof HeadLaws laws ? Optional.of(laws) : Optional.empty();
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

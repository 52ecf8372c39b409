package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** Writes {@code rope_scaling} of config.json: how rotary frequencies are changed for longer contexts. */
final class GgufRotary {
    private static final int MAX_FACTORS = 1 << 12;

    private final GgufParts parts;
    private final GgufMetadata metadata;
    private final String prefix;
    private final ObjectNode config;

    /** @param config of which {@code max_position_embeddings} is there already; takes what rope_scaling does not hold */
    GgufRotary(GgufParts parts, String architecture, ObjectNode config) {
        this.parts = parts;
        this.metadata = parts.metadata();
        this.prefix = architecture + ".rope.";
        this.config = config;
    }

    ObjectNode scaling() {
        ObjectNode scaling = JsonNodeFactory.instance.objectNode();
        String type = metadata.string(prefix + "scaling.type").orElse("");
        Optional<Double> factor = metadata.number(prefix + "scaling.factor")
                .or(() -> metadata.number(prefix + "scale_linear"))
                .filter(value -> value != 0);
        if (parts.has(GgufNames.ROTARY_FACTORS)) {
            byPair(scaling, type, factor.orElse(1.0));
        } else if (parts.has(GgufNames.LONG_FACTORS)) {
            longRope(scaling);
        } else {
            switch (type) {
                case "", "none" -> {
                    if (type.isEmpty() && factor.isPresent() && factor.get() != 1) {
                        scaling.put("type", "linear").put("factor", factor.get());
                    }
                }
                case "linear" -> scaling.put("type", "linear").put("factor", factor.orElse(1.0));
                case "yarn" -> yarn(scaling, factor.orElse(1.0));
                default ->
                    throw metadata.refuse(quote(prefix + "scaling.type")
                            + " must be none, linear or yarn, or come with tensors of factors, was " + quote(type));
            }
        }
        return scaling;
    }

    /** Llama 3's scaling, which the converter has computed for each pair. */
    private void byPair(ObjectNode scaling, String type, double factor) {
        if (type.equals("yarn")) {
            throw metadata.refuse(quote(prefix + "scaling.type") + " must not be yarn beside tensor "
                    + quote(GgufNames.ROTARY_FACTORS));
        }
        scaling.put("type", "longrope").put("attention_factor", 1.0);
        // Of one context length only, so that the same factors serve all.
        scaling.set("original_max_position_embeddings", config.get("max_position_embeddings"));
        ArrayNode factors = scaling.putArray("short_factor");
        for (float each : parts.vector(GgufNames.ROTARY_FACTORS, MAX_FACTORS)) {
            factors.add(each * (float) factor);
        }
        scaling.set("long_factor", factors.deepCopy());
    }

    private void longRope(ObjectNode scaling) {
        scaling.put("type", "longrope");
        metadata.number(prefix + "scaling.attn_factor").ifPresent(value -> scaling.put("attention_factor", value));
        metadata.integer(prefix + "scaling.original_context_length")
                .ifPresent(value -> config.put("original_max_position_embeddings", value));
        ArrayNode longFactors = scaling.putArray("long_factor");
        for (float factor : parts.vector(GgufNames.LONG_FACTORS, MAX_FACTORS)) {
            longFactors.add(factor);
        }
        ArrayNode shortFactors = scaling.putArray("short_factor");
        for (float factor : parts.vector(GgufNames.SHORT_FACTORS, MAX_FACTORS)) {
            shortFactors.add(factor);
        }
    }

    private void yarn(ObjectNode scaling, double factor) {
        scaling.put("type", "yarn").put("factor", factor);
        metadata.integer(prefix + "scaling.original_context_length")
                .ifPresent(value -> scaling.put("original_max_position_embeddings", value));
        metadata.number(prefix + "scaling.yarn_beta_fast").ifPresent(value -> scaling.put("beta_fast", value));
        metadata.number(prefix + "scaling.yarn_beta_slow").ifPresent(value -> scaling.put("beta_slow", value));
        metadata.number(prefix + "scaling.attn_factor")
                .filter(own -> own != 1 && own != 0)
                .ifPresent(own -> scaling.put("attention_factor", own * (1 + 0.1 * Math.log(Math.max(1, factor)))));
        requireNeutral("scaling.yarn_ext_factor", 1);
        requireNeutral("scaling.yarn_attn_factor", 1);
        requireNeutral("scaling.yarn_log_multiplier", 0);
    }

    private void requireNeutral(String name, double neutral) {
        metadata.number(prefix + name)
                .filter(value -> value != neutral && value != -1)
                .ifPresent(value -> {
                    throw metadata.refuse(quote(prefix + name) + " is not supported yet, was " + value);
                });
    }
}

package dev.sublinear.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The chat templates that a checkpoint brings, as text.
 *
 * @param byName each by its name: {@link #DEFAULT}, {@link #TOOL_USE} and whatever else there is; empty if there is none
 * @param specialTokens what the checkpoint calls bos_token, eos_token and so on, by these names
 */
public record TemplateSources(Map<String, Source> byName, Map<String, String> specialTokens) {
    /** The one that serves where no other does. */
    public static final String DEFAULT = "default";

    /** The one for requests with tools. */
    public static final String TOOL_USE = "tool_use";

    public static final String CONFIG = "tokenizer_config.json";
    public static final String KEY = "chat_template";

    /** The later name last: it decides. */
    private static final List<String> EXTRA = List.of("additional_special_tokens", "extra_special_tokens");

    /**
     * A template.
     *
     * @param file what a fault in it is blamed on
     */
    public record Source(String file, String text) {}

    public TemplateSources {
        byName = Map.copyOf(byName);
        specialTokens = Map.copyOf(specialTokens);
    }

    /** What a tokenizer_config.json says, with no other file. */
    public static TemplateSources of(ObjectNode tokenizerConfig) {
        return new TemplateSources(named(CONFIG, tokenizerConfig.path(KEY)), specialTokens(tokenizerConfig));
    }

    /** The templates in a text, or in a list of named ones. */
    public static Map<String, Source> named(String file, JsonNode template) {
        if (template.isMissingNode() || template.isNull()) {
            return Map.of();
        }
        if (template.isTextual()) {
            return Map.of(DEFAULT, new Source(file, template.textValue()));
        }
        Map<String, Source> named = new LinkedHashMap<>();
        for (JsonNode entry : template) {
            if (!entry.path("name").isTextual() || !entry.path("template").isTextual()) {
                throw new CheckpointException(file, "\"" + KEY + "\" must be a text, or a list of named templates");
            }
            String text = entry.path("template").textValue();
            named.put(entry.path("name").textValue(), new Source(file, text));
        }
        if (!named.containsKey(DEFAULT)) {
            throw new CheckpointException(file, "\"" + KEY + "\" must have a template named " + DEFAULT);
        }
        return named;
    }

    /**
     * What ends in {@code _token}, and the names under {@code extra_special_tokens}. Each is a text or, with options of the
     * tokenizer, an object that holds one. A list of tokens without names is of no use to a template.
     */
    public static Map<String, String> specialTokens(ObjectNode config) {
        Map<String, String> tokens = new LinkedHashMap<>();
        config.properties().forEach(entry -> {
            if (entry.getKey().endsWith("_token")) {
                put(tokens, entry);
            }
        });
        EXTRA.forEach(key -> config.path(key).properties().forEach(entry -> put(tokens, entry)));
        return tokens;
    }

    private static void put(Map<String, String> tokens, Map.Entry<String, JsonNode> entry) {
        JsonNode value = entry.getValue();
        JsonNode token = value.isObject() ? value.path("content") : value;
        if (token.isTextual()) {
            tokens.put(entry.getKey(), token.textValue());
        }
    }
}

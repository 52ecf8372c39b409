package dev.sublinear.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The texts of a checkpoint's chat templates.
 *
 * @param byName the templates by name, such as {@link #DEFAULT} and {@link #TOOL_USE}; may be empty
 * @param specialTokens the texts of bos_token, eos_token and so on, by these names
 */
public record TemplateSources(Map<String, Source> byName, Map<String, String> specialTokens) {
    /** The template for requests that no other is for. */
    public static final String DEFAULT = "default";

    /** The template for requests with tools. */
    public static final String TOOL_USE = "tool_use";

    public static final String CONFIG = "tokenizer_config.json";
    public static final String KEY = "chat_template";

    /** The newer name is last, and overrides. */
    private static final List<String> EXTRA = List.of("additional_special_tokens", "extra_special_tokens");

    /**
     * A template.
     *
     * @param file the file that messages about it name
     */
    public record Source(String file, String text) {}

    public TemplateSources {
        byName = Map.copyOf(byName);
        specialTokens = Map.copyOf(specialTokens);
    }

    /** The templates and special tokens of a tokenizer_config.json alone. */
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
     * Returns the keys that end in {@code _token}, and the names under {@code extra_special_tokens}. Each has a text or an
     * object that holds one. Lists of tokens without names are left out: templates could not refer to them.
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

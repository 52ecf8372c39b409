package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.TemplateSources.CONFIG;
import static dev.sublinear.model.checkpoint.TemplateSources.DEFAULT;
import static dev.sublinear.model.checkpoint.TemplateSources.KEY;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.checkpoint.TemplateSources.Source;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The chat templates of a directory, found as transformers does: the default one in the first that exists of chat_template.jinja,
 * chat_template.json and tokenizer_config.json, and more in additional_chat_templates, named as their files.
 */
final class TemplateFiles {
    private static final String JINJA = "chat_template.jinja";
    private static final String JSON = "chat_template.json";
    private static final String ADDITIONAL = "additional_chat_templates";
    private static final String SUFFIX = ".jinja";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";
    /** Where tokenizer_config.json has it, it says all of special tokens, and the older file is not read. */
    private static final String ADDED_TOKENS = "added_tokens_decoder";

    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_TEMPLATE_BYTES = 1 << 20;

    private TemplateFiles() {}

    static TemplateSources read(CheckpointFiles files) {
        ObjectNode config = object(files, CONFIG);
        Map<String, Source> byName = new LinkedHashMap<>(templates(files, config));
        byName.putAll(additional(files));
        if (!byName.isEmpty() && !byName.containsKey(DEFAULT)) {
            throw new CheckpointException(
                    ADDITIONAL, "must have a " + JINJA + " beside it, or a template named " + DEFAULT + " in it");
        }
        Map<String, String> tokens = new LinkedHashMap<>(TemplateSources.specialTokens(config));
        if (!config.has(ADDED_TOKENS)) {
            tokens.putAll(TemplateSources.specialTokens(object(files, SPECIAL_TOKENS)));
        }
        return new TemplateSources(byName, tokens);
    }

    private static ObjectNode object(CheckpointFiles files, String name) {
        return files.has(name) ? StrictJson.read(files.path(name), MAX_BYTES) : JsonNodeFactory.instance.objectNode();
    }

    private static Map<String, Source> templates(CheckpointFiles files, ObjectNode config) {
        if (files.has(JINJA)) {
            return Map.of(DEFAULT, source(files, JINJA));
        }
        return files.has(JSON)
                ? TemplateSources.named(
                        JSON, StrictJson.read(files.path(JSON), MAX_BYTES).path(KEY))
                : TemplateSources.named(CONFIG, config.path(KEY));
    }

    private static Map<String, Source> additional(CheckpointFiles files) {
        Map<String, Source> byName = new LinkedHashMap<>();
        files.within(ADDITIONAL).ifPresent(directory -> {
            for (String file : directory.endingWith(SUFFIX)) {
                byName.put(file.substring(0, file.length() - SUFFIX.length()), source(directory, file));
            }
        });
        return byName;
    }

    private static Source source(CheckpointFiles files, String file) {
        return new Source(file, StrictJson.text(files.path(file), MAX_TEMPLATE_BYTES));
    }
}

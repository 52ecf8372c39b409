package dev.sublinear.model;

import static dev.sublinear.model.TemplateSources.CONFIG;
import static dev.sublinear.model.TemplateSources.DEFAULT;
import static dev.sublinear.model.TemplateSources.KEY;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.TemplateSources.Source;
import java.util.Map;

/**
 * Where a directory keeps its chat templates: chat_template.jinja, or chat_template.json, or tokenizer_config.json; the
 * first of these wins, as in transformers.
 */
final class TemplateFiles {
    private static final String JINJA = "chat_template.jinja";
    private static final String JSON = "chat_template.json";
    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_TEMPLATE_BYTES = 1 << 20;

    private TemplateFiles() {}

    static TemplateSources read(CheckpointFiles files) {
        ObjectNode config = files.has(CONFIG)
                ? StrictJson.read(files.path(CONFIG), MAX_BYTES)
                : JsonNodeFactory.instance.objectNode();
        return new TemplateSources(templates(files, config), TemplateSources.specialTokens(config));
    }

    private static Map<String, Source> templates(CheckpointFiles files, ObjectNode config) {
        if (files.has(JINJA)) {
            return Map.of(DEFAULT, new Source(JINJA, StrictJson.text(files.path(JINJA), MAX_TEMPLATE_BYTES)));
        }
        return files.has(JSON)
                ? TemplateSources.named(
                        JSON, StrictJson.read(files.path(JSON), MAX_BYTES).path(KEY))
                : TemplateSources.named(CONFIG, config.path(KEY));
    }
}

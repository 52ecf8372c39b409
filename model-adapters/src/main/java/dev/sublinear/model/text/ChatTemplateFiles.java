package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.CheckpointException;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.StrictJson;
import dev.sublinear.model.jinja.Template;
import dev.sublinear.model.jinja.TemplateException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a checkpoint keeps its chat template: chat_template.jinja, or chat_template.json, or tokenizer_config.json; the
 * first of these wins, as in transformers. In JSON it is a text, or a list of named ones, of which {@code tool_use} serves
 * requests with tools and {@code default} all others.
 *
 * @param specialTokens what tokenizer_config.json calls bos_token, eos_token and so on, by these names
 */
record ChatTemplateFiles(
        Template plain, Template withTools, boolean isOfCheckpoint, Map<String, String> specialTokens) {
    private static final String JINJA = "chat_template.jinja";
    private static final String JSON = "chat_template.json";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String KEY = "chat_template";
    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_TEMPLATE_BYTES = 1 << 20;
    private static final String FALLBACK = """
            {%- for message in messages %}
            {%- if message.role == 'system' %}
            {{- message.content + '\\n\\n' }}
            {%- elif message.role == 'user' %}
            {{- 'User: ' + message.content + '\\n' }}
            {%- elif message.role == 'assistant' and message.content %}
            {{- 'Assistant: ' + message.content + '\\n' }}
            {%- else %}
            {{- raise_exception('a model without a chat template takes no tools') }}
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}
            """;

    static ChatTemplateFiles of(ModelDirectory directory) {
        ObjectNode config = directory.has(CONFIG)
                ? StrictJson.read(directory.file(CONFIG), MAX_BYTES)
                : JsonNodeFactory.instance.objectNode();
        Map<String, String> specialTokens = specialTokens(config);
        if (directory.has(JINJA)) {
            Template template = parse(JINJA, StrictJson.text(directory.file(JINJA), MAX_TEMPLATE_BYTES));
            return new ChatTemplateFiles(template, template, true, specialTokens);
        }
        if (directory.has(JSON)) {
            return of(JSON, StrictJson.read(directory.file(JSON), MAX_BYTES).path(KEY), specialTokens);
        }
        return of(CONFIG, config.path(KEY), specialTokens);
    }

    /** What a tokenizer_config.json says, with no other file. */
    static ChatTemplateFiles of(ObjectNode config) {
        return of(CONFIG, config.path(KEY), specialTokens(config));
    }

    private static ChatTemplateFiles of(String file, JsonNode template, Map<String, String> specialTokens) {
        if (template.isMissingNode() || template.isNull()) {
            Template fallback = Template.parse(FALLBACK);
            return new ChatTemplateFiles(fallback, fallback, false, specialTokens);
        }
        if (template.isTextual()) {
            Template only = parse(file, template.textValue());
            return new ChatTemplateFiles(only, only, true, specialTokens);
        }
        Map<String, Template> named = new LinkedHashMap<>();
        for (JsonNode entry : template) {
            if (!entry.path("name").isTextual() || !entry.path("template").isTextual()) {
                throw new CheckpointException(file, "\"" + KEY + "\" must be a text, or a list of named templates");
            }
            named.put(
                    entry.path("name").textValue(),
                    parse(file, entry.path("template").textValue()));
        }
        Template plain = named.get("default");
        if (plain == null) {
            throw new CheckpointException(file, "\"" + KEY + "\" must have a template named default");
        }
        return new ChatTemplateFiles(plain, named.getOrDefault("tool_use", plain), true, specialTokens);
    }

    private static Template parse(String file, String source) {
        try {
            return Template.parse(source);
        } catch (TemplateException e) {
            throw new CheckpointException(file, "\"" + KEY + "\": " + e.getMessage(), e);
        }
    }

    /** Each is a text or, with options of the tokenizer, an object that holds one. */
    private static Map<String, String> specialTokens(ObjectNode config) {
        Map<String, String> tokens = new LinkedHashMap<>();
        config.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            JsonNode token = value.isObject() ? value.path("content") : value;
            if (entry.getKey().endsWith("_token") && token.isTextual()) {
                tokens.put(entry.getKey(), token.textValue());
            }
        });
        return Map.copyOf(tokens);
    }
}

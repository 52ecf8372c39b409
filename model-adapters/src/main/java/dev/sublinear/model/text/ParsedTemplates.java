package dev.sublinear.model.text;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.checkpoint.TemplateSources.Source;
import dev.sublinear.model.jinja.Template;
import dev.sublinear.model.jinja.TemplateException;
import java.util.Map;

/**
 * A checkpoint's chat templates: {@code tool_use}, where there is one, serves requests with tools, and {@code default} all
 * others. A checkpoint without any gets {@code User: … Assistant:}.
 *
 * @param specialTokens what the checkpoint calls bos_token, eos_token and so on, by these names
 */
record ParsedTemplates(Template plain, Template withTools, boolean isOfCheckpoint, Map<String, String> specialTokens) {
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

    static ParsedTemplates of(TemplateSources sources) {
        Source plain = sources.byName().get(TemplateSources.DEFAULT);
        if (plain == null) {
            Template fallback = Template.parse(FALLBACK);
            return new ParsedTemplates(fallback, fallback, false, sources.specialTokens());
        }
        Source withTools = sources.byName().getOrDefault(TemplateSources.TOOL_USE, plain);
        return new ParsedTemplates(parse(plain), parse(withTools), true, sources.specialTokens());
    }

    private static Template parse(Source source) {
        try {
            return Template.parse(source.text());
        } catch (TemplateException e) {
            throw new CheckpointException(source.file(), "\"chat_template\": " + e.getMessage(), e);
        }
    }
}

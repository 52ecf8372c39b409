package dev.sublinear.model.text;

import dev.sublinear.model.jinja.Template;
import dev.sublinear.model.jinja.TemplateException;
import dev.sublinear.model.jinja.TemplateLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a template takes as the content of an assistant who says nothing and calls a tool. Most add it to a text, or write
 * it as it is, and want an empty one; a few, such as DeepSeek's, write calls only where it is none.
 */
final class SilentTurn {
    private static final TemplateLimits LIMITS = new TemplateLimits(1_000_000, 1 << 20, Duration.ofSeconds(1));
    private static final String NAME = "sublinear_asks";

    private SilentTurn() {}

    /** Returns an empty text, or none if the template repeats a call beside that only. */
    static Object content(Template template, Map<String, String> specialTokens, Clock clock) {
        boolean none = !showsCall(template, specialTokens, clock, "")
                && showsCall(template, specialTokens, clock, Template.none());
        return none ? Template.none() : "";
    }

    private static boolean showsCall(Template template, Map<String, String> tokens, Clock clock, Object content) {
        Map<String, Object> function = Map.of("name", NAME, "arguments", Map.of());
        Map<String, Object> call = Map.of("id", "abcdefghi", "type", "function", "function", function);
        Map<String, Object> silent = Map.of("role", "assistant", "content", content, "tool_calls", List.of(call));
        Map<String, Object> variables = new HashMap<>(tokens);
        variables.put("messages", List.of(Map.of("role", "user", "content", "?"), silent));
        variables.put("tools", Template.none());
        variables.put("add_generation_prompt", false);
        try {
            return template.render(variables, LIMITS, clock).toString().contains(NAME);
        } catch (TemplateException e) {
            return false; // refuses such a turn
        }
    }
}

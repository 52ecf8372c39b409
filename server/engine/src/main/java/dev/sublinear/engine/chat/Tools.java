package dev.sublinear.engine.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;

/**
 * What the model may call.
 *
 * @param definitions as the chat template shows them: {@code {"type": "function", "function": {...}}}
 * @param callable the same, or the one that must be called
 * @param required whether it must call one
 * @param several whether it may call more than one
 */
public record Tools(List<ObjectNode> definitions, List<Tool> callable, boolean required, boolean several) {
    public static final Tools NONE = new Tools(List.of(), List.of(), false, true);

    public Tools {
        definitions = List.copyOf(definitions);
        callable = List.copyOf(callable);
    }

    /** Any number of calls of any of these. */
    public static Tools of(List<ToolDefinition> tools) {
        return new Tools(
                tools.stream().map(ToolDefinition::definition).toList(),
                tools.stream().map(ToolDefinition::tool).toList(),
                false,
                true);
    }

    /** The same, of which one must be called. */
    public Tools require() {
        return new Tools(definitions, callable, true, several);
    }

    public boolean isEmpty() {
        return definitions.isEmpty();
    }
}

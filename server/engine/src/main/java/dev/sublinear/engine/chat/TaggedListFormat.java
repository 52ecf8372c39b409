package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.Optional;

/**
 * An array behind a tag, as Granite and Phi-4-mini write it: {@code <|tool_call|>[{"name": …, "arguments": …}]}, with
 * Phi's {@code <|/tool_call|>} behind it or not. See <a href="https://huggingface.co/microsoft/Phi-4-mini-instruct">Phi's
 * card</a>.
 */
record TaggedListFormat() implements TaggedFormat {
    private static final TaggedJson TAGS = new TaggedJson("<|tool_call|>", "<|/tool_call|>");

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(TAGS.opening()) ? Optional.of(new TaggedListFormat()) : Optional.empty();
    }

    @Override
    public TaggedJson tags() {
        return TAGS;
    }

    @Override
    public Reading read(String text, Callable callable) {
        return TAGS.read(text, "[{", callable);
    }

    @Override
    public Part call(Tool tool, String pointer) {
        return Part.of(
                new Part.Marker(TAGS.opening()),
                new Part.Literal("["),
                CallObject.of(tool, "arguments", pointer),
                new Part.Literal("]"));
    }
}

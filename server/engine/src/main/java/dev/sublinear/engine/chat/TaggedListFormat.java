package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;

/**
 * An array behind a tag, as Granite and Phi-4-mini write it: {@code <|tool_call|>[{"name": …, "arguments": …}]}, with
 * Phi's {@code <|/tool_call|>} behind it or not. See <a href="https://huggingface.co/microsoft/Phi-4-mini-instruct">Phi's
 * card</a>.
 */
record TaggedListFormat() implements ToolFormat {
    private static final TaggedJson TAGS = new TaggedJson("<|tool_call|>", "<|/tool_call|>");

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(TAGS.opening()) ? Optional.of(new TaggedListFormat()) : Optional.empty();
    }

    @Override
    public List<String> openings() {
        return List.of(TAGS.opening());
    }

    @Override
    public List<String> markers() {
        return List.of(TAGS.opening(), TAGS.closing());
    }

    @Override
    public Reading read(String text, Callable callable) {
        return TAGS.read(text, "[{", callable);
    }

    @Override
    public String closing() {
        return TAGS.closing();
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

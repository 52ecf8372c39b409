package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.Optional;

/**
 * An object in tags, as Hermes and Qwen write it: {@code <tool_call>\n{"name": …, "arguments": …}\n</tool_call>}. See <a
 * href="https://github.com/NousResearch/Hermes-Function-Calling">Hermes-Function-Calling</a>. SmolLM2's cards show an array
 * in the same tags, which is read, too.
 */
record HermesFormat() implements TaggedFormat {
    private static final TaggedJson TAGS = new TaggedJson("<tool_call>", "</tool_call>");

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(TAGS.opening()) ? Optional.of(new HermesFormat()) : Optional.empty();
    }

    @Override
    public TaggedJson tags() {
        return TAGS;
    }

    @Override
    public Reading read(String text, Callable callable) {
        return TAGS.read(text, "{[", callable);
    }

    @Override
    public Part call(Tool tool, String pointer) {
        return Part.of(
                new Part.Marker(TAGS.opening()),
                new Part.Literal("\n"),
                CallObject.of(tool, "arguments", pointer),
                new Part.Literal("\n"),
                new Part.Marker(TAGS.closing()));
    }
}

package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;

/**
 * An object in tags, as Hermes and Qwen write it: {@code <tool_call>\n{"name": …, "arguments": …}\n</tool_call>}. See <a
 * href="https://github.com/NousResearch/Hermes-Function-Calling">Hermes-Function-Calling</a>. SmolLM2's cards show an array
 * in the same tags, which is read, too.
 */
record HermesFormat() implements ToolFormat {
    private static final TaggedJson TAGS = new TaggedJson("<tool_call>", "</tool_call>");

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(TAGS.opening()) ? Optional.of(new HermesFormat()) : Optional.empty();
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
        return TAGS.read(text, "{[", callable);
    }

    @Override
    public String closing() {
        return TAGS.closing();
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

package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;

/**
 * An array behind a control token, as Mistral 7B v0.3 to Small 2501 write it: {@code [TOOL_CALLS] [{"name": …,
 * "arguments": …}]}. See <a href="https://github.com/mistralai/mistral-common">mistral-common</a>, instruct tokenizers v2
 * to v7.
 */
record MistralListFormat() implements ToolFormat {
    private static final TaggedJson TAGGED = new TaggedJson("[TOOL_CALLS]", "");

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(TAGGED.opening()) ? Optional.of(new MistralListFormat()) : Optional.empty();
    }

    @Override
    public List<String> openings() {
        return List.of(TAGGED.opening());
    }

    @Override
    public List<String> markers() {
        return List.of(TAGGED.opening());
    }

    @Override
    public Reading read(String text, Callable callable) {
        Reading list = TAGGED.read(text, "[{", callable);
        return list.equals(Reading.NO_CALL) ? MistralFormat.named(text, callable) : list;
    }

    @Override
    public Part call(Tool tool, String pointer) {
        return Part.of(
                new Part.Marker(TAGGED.opening()),
                new Part.Literal(" ["),
                CallObject.of(tool, "arguments", pointer),
                new Part.Literal("]"));
    }

    @Override
    public String newId() {
        return MistralFormat.nineCharacters();
    }
}

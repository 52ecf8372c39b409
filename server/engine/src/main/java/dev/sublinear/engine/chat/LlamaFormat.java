package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;

/**
 * A bare object, as Llama 3.1 and later write it, and as models without a marker of their own do: {@code {"name": …,
 * "parameters": …}}, of which several may be separated by semicolons. {@code <|python_tag|>} may come before it. See <a
 * href="https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1/">the model card</a>.
 *
 * @param arguments what the arguments are called
 */
record LlamaFormat(String arguments) implements ToolFormat {
    private static final TaggedJson BARE = new TaggedJson("", "");
    private static final TaggedJson TAGGED = new TaggedJson("<|python_tag|>", "");

    static Optional<ToolFormat> in(String rendered, String function) {
        int called = rendered.lastIndexOf(function);
        boolean other = called >= 0
                && rendered.indexOf("\"arguments\"", called) >= 0
                && rendered.indexOf("\"parameters\"", called) < 0;
        return Optional.of(new LlamaFormat(other ? "arguments" : "parameters"));
    }

    @Override
    public List<String> openings() {
        return List.of(TAGGED.opening());
    }

    @Override
    public List<String> firstOpenings() {
        return List.of("{");
    }

    @Override
    public List<String> markers() {
        return List.of(TAGGED.opening());
    }

    @Override
    public Reading read(String text, Callable callable) {
        return (text.startsWith("{") ? BARE : TAGGED).read(text, "{", callable);
    }

    @Override
    public String separators() {
        return ";";
    }

    @Override
    public Part call(Tool tool, String pointer) {
        return CallObject.of(tool, arguments, pointer);
    }
}

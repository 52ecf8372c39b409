package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** How a model writes its answers, by its chat template and its vocabulary. Immutable. */
public final class Dialect {
    private final ToolFormat calls;
    private final Thinking thinking;
    private final Map<String, Integer> controls;

    /** @param controls the markers that are control tokens, by name */
    Dialect(ToolFormat calls, Thinking thinking, Map<String, Integer> controls) {
        this.calls = calls;
        this.thinking = thinking;
        this.controls = Map.copyOf(controls);
    }

    /** Finds out how a model was taught to write. */
    public static Dialect of(ChatTemplate template, Tokenizer tokenizer) {
        ToolFormat calls = ToolFormats.of(template);
        Thinking thinking = Thinking.of(template);
        Map<String, Integer> controls = new LinkedHashMap<>();
        Stream.concat(calls.markers().stream(), thinking.markers().stream())
                .forEach(marker -> tokenizer.controlTokenNamed(marker).ifPresent(id -> controls.put(marker, id)));
        return new Dialect(calls, thinking, controls);
    }

    /** The control tokens that mark the parts of an answer, by name. */
    public Map<String, Integer> controls() {
        return controls;
    }

    /** The control tokens whose names a reader must see; those of calls only if the request has tools. */
    public Set<Integer> told(List<Tool> tools) {
        List<String> markers = new ArrayList<>(thinking.markers());
        if (!tools.isEmpty()) {
            markers.addAll(calls.markers());
        }
        Map<String, Integer> told = new LinkedHashMap<>(controls);
        told.keySet().retainAll(markers);
        return Set.copyOf(told.values());
    }

    /** Whether an answer to this prompt begins within a thought. */
    public boolean isThinkingAfter(String prompt) {
        return thinking.isOpenAfter(prompt);
    }

    /**
     * Returns a reader of one answer.
     *
     * @param tools that may be called; none for an answer that is all words
     * @param several whether more than one call is told
     * @param thinks whether the answer begins within a thought
     */
    public AnswerReader reader(List<Tool> tools, boolean several, boolean thinks) {
        return new AnswerReader(
                new ThoughtReader(thinking, thinks),
                new CallReader(calls, new Callable(tools), several, controls.keySet()));
    }

    /** A call of one of these tools, of which there is at least one; {@code /0/parameters} is where the first has its. */
    public Part call(List<Tool> tools) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < tools.size(); i++) {
            parts.add(calls.call(tools.get(i), "/" + i + "/parameters"));
        }
        return new Part.OneOf(parts);
    }

    /** An answer that may come after a thought, or must where it begins within one. */
    public Part afterThought(Part answer, boolean thinks) {
        return thinking.before(answer, thinks);
    }
}

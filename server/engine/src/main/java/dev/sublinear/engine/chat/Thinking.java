package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.model.text.ChatTemplate;
import java.util.List;

/**
 * How a model marks what it thinks before it answers.
 *
 * @param opening what a thought begins with; empty for a model that was not taught to think
 * @param closing what it ends with
 */
record Thinking(String opening, String closing) {
    static final Thinking NONE = new Thinking("", "");
    static final Thinking TAGGED = new Thinking("<think>", "</think>");

    /** As Qwen 3 and DeepSeek R1 have it, if the template has these tags. */
    static Thinking of(ChatTemplate template) {
        return template.writes(TAGGED.closing) ? TAGGED : NONE;
    }

    boolean isNone() {
        return opening.isEmpty();
    }

    /** Whether an answer to this prompt begins within a thought. */
    boolean isOpenAfter(String prompt) {
        return !isNone() && prompt.stripTrailing().endsWith(opening);
    }

    List<String> markers() {
        return isNone() ? List.of() : List.of(opening, closing);
    }

    /** An answer after a thought, or without: a thought is never forced, and is any text. */
    Part before(Part answer, boolean open) {
        if (isNone()) {
            return answer;
        }
        Part end = Part.of(new Part.Until(closing), breaks(), answer);
        return open ? end : new Part.OneOf(List.of(answer, Part.of(new Part.Marker(opening), end)));
    }

    private static Part breaks() {
        return new Part.OneOf(List.of(new Part.Literal("\n\n"), new Part.Literal("\n"), new Part.Literal("")));
    }
}

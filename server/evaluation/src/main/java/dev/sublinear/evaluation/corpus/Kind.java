package dev.sublinear.evaluation.corpus;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/** What a text is, as far as pruning costs differ by it. */
public enum Kind {
    /** Running text. */
    PROSE,
    /** Source code. */
    CODE,
    /** Conversations, with the control tokens of the model's chat template. */
    CHAT;

    /** The order in which documents take turns: half of them are prose. */
    static final List<Kind> TURNS = List.of(PROSE, CODE, PROSE, CHAT);

    private static final List<String> CODE_SUFFIXES =
            List.of(".py", ".java", ".c", ".h", ".cpp", ".js", ".ts", ".go", ".rs", ".kt", ".sh");

    /** Returns the kind of a file by its name. */
    static Kind ofFile(String name) {
        return CODE_SUFFIXES.stream().anyMatch(name::endsWith) ? CODE : PROSE;
    }

    /** Returns the name in lower case. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

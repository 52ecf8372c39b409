package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How a model writes calls of tools. */
sealed interface ToolFormat permits LlamaFormat, MistralFormat, MistralListFormat, QwenCoderFormat, TaggedFormat {

    /** Finds out whether a template repeats calls in a format. */
    interface Recognition {
        /**
         * Returns the format, if that is how.
         *
         * @param rendered a chat with a call, whose template knew of another tool
         * @param function what is called
         */
        Optional<ToolFormat> in(String rendered, String function);
    }

    /** The texts with which a call begins. */
    List<String> openings();

    /** The texts with which a call begins where nothing but calls has been written before. */
    default List<String> firstOpenings() {
        return List.of();
    }

    /** Texts that the vocabulary may have as control tokens. */
    List<String> markers();

    /** Reads a text that begins with an opening. */
    Reading read(String text, Callable callable);

    /** What may be missing where an answer ends with a call. */
    default String closing() {
        return "";
    }

    /** Text between calls that says nothing, beside white space. */
    default String separators() {
        return "";
    }

    /**
     * One call of a tool, as a constraint allows it.
     *
     * @param pointer where its parameters are, for errors
     */
    Part call(Tool tool, String pointer);

    /** An id of a call that the templates of such models take. */
    default String newId() {
        return "call_" + UUID.randomUUID().toString().replace("-", "");
    }
}

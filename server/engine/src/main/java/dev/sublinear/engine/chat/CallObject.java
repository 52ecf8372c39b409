package dev.sublinear.engine.chat;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;

/** The object that most formats have: {@code {"name": "…", "arguments": {…}}}. */
final class CallObject {
    private CallObject() {}

    /** @param arguments what the arguments are called */
    static Part of(Tool tool, String arguments, String pointer) {
        return Part.of(
                new Part.Literal("{\"name\": "),
                new Part.Spelled(tool.name()),
                new Part.Literal(", \"" + arguments + "\": "),
                new Part.Json(tool.parameters(), pointer),
                new Part.Literal("}"));
    }
}

package dev.sublinear.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

/**
 * A call of a function, as a model wrote it.
 *
 * @param arguments a JSON object
 */
public record Call(String name, String arguments) {

    /** Returns the arguments, parsed. */
    public JsonNode json() {
        return Callable.json(arguments).orElseGet(() -> TextNode.valueOf(arguments));
    }
}

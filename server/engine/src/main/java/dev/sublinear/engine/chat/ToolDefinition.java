package dev.sublinear.engine.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.Tool;

/**
 * A function that a model may call.
 *
 * @param name 1 to 64 letters, digits, underscores and hyphens
 * @param description what it does, for the model to read; may be empty
 * @param parameters the JSON Schema of its arguments
 */
public record ToolDefinition(String name, String description, JsonNode parameters) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public ToolDefinition {
        if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "the name of a tool must have 1 to 64 letters, digits, underscores and hyphens, was \"" + name
                            + "\"");
        }
        if (!parameters.isObject() && !parameters.isBoolean()) {
            throw new IllegalArgumentException(
                    "the parameters of tool " + name + " must be a JSON Schema, an object, was " + parameters);
        }
    }

    /**
     * The same with its schema as text.
     *
     * @throws IllegalArgumentException if that is not JSON
     */
    public static ToolDefinition of(String name, String description, String parameters) {
        try {
            return new ToolDefinition(name, description, JSON.readTree(parameters));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the parameters of tool " + name + " must be a JSON Schema: " + e.getOriginalMessage(), e);
        }
    }

    /** As chat templates show it. */
    ObjectNode definition() {
        ObjectNode function = JsonNodeFactory.instance.objectNode().put("name", name);
        if (!description.isEmpty()) {
            function.put("description", description);
        }
        function.set("parameters", parameters);
        ObjectNode definition = JsonNodeFactory.instance.objectNode().put("type", "function");
        definition.set("function", function);
        return definition;
    }

    /** As a constraint checks it. */
    Tool tool() {
        return new Tool(name, parameters);
    }
}

package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A function that a model may call.
 *
 * @param parameters the JSON Schema of its arguments
 */
public record Tool(String name, JsonNode parameters) {}

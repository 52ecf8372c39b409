package dev.sublinear.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;

/** What an answer must look like. */
public sealed interface AnswerFormat {
    /** Anything. */
    record Text() implements AnswerFormat {}

    /** A JSON object. */
    record AnyObject() implements AnswerFormat {}

    /** JSON that is valid by a schema. */
    record Schema(JsonNode schema) implements AnswerFormat {}
}

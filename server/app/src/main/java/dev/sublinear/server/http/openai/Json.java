package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strict JSON: one object, no duplicate keys, and depth and numbers bounded to what a request needs. */
public final class Json {
    /** Ten levels of objects in a schema, as OpenAI allows, each an array's item that may be null, are 75 levels of JSON. */
    private static final int MAX_DEPTH = 128;

    private static final int MAX_NUMBER = 100;
    private static final int MAX_NAME = 1_000;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER)
                            .maxNameLength(MAX_NAME)
                            .maxStringLength(Integer.MAX_VALUE) // the limit of the body is the limit
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * Reads the body of a request.
     *
     * @throws ApiError if it is not exactly one JSON object in UTF-8
     */
    public static JsonObject parse(byte[] body) {
        try {
            JsonNode node = MAPPER.readTree(utf8(body));
            if (!node.isObject()) {
                throw ApiError.json("the body must be a JSON object");
            }
            return JsonObject.of(node);
        } catch (StreamConstraintsException e) {
            throw ApiError.json("the body must not be nested deeper than " + MAX_DEPTH
                    + " levels, have numbers longer than " + MAX_NUMBER + " or names longer than " + MAX_NAME
                    + " characters");
        } catch (JsonProcessingException e) {
            throw ApiError.json("the body is not valid JSON" + place(e));
        }
    }

    /** Returns the object in a text that a model wrote; empty if it is none. */
    public static Optional<JsonObject> tryParse(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return node != null && node.isObject() ? Optional.of(JsonObject.of(node)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** Returns the JSON in a text, such as the arguments of a call; the text itself if it is none. */
    static JsonNode parseOrText(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return node == null || node.isMissingNode() ? TextNode.valueOf(text) : node;
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }

    /** The schema of a function without parameters. */
    static JsonNode noParameters() {
        ObjectNode schema = MAPPER.createObjectNode().put("type", "object");
        schema.putObject("properties");
        return schema;
    }

    private static String place(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    private static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ApiError.utf8("the body is not valid UTF-8");
        }
    }

    /** Writes one of the records of this package, on one line. */
    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a response cannot be written", e);
        }
    }
}

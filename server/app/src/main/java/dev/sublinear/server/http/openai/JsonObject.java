package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads the fields of a request, and converts no type into another. A field that is null counts as absent; one that is
 * never read is ignored.
 */
public final class JsonObject {
    private final String path;
    private final JsonNode node;

    private JsonObject(String path, JsonNode node) {
        this.path = path;
        this.node = node;
    }

    static JsonObject of(JsonNode object) {
        return new JsonObject("", object);
    }

    Optional<JsonNode> field(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    boolean has(String name) {
        return field(name).isPresent();
    }

    Optional<String> string(String name) {
        return field(name).map(value -> text(value, path + name));
    }

    boolean flag(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return false;
        }
        if (!value.get().isBoolean()) {
            throw wrongType(path + name, "true or false", value.get());
        }
        return value.get().booleanValue();
    }

    OptionalInt integer(String name) {
        Optional<JsonNode> value = field(name);
        return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(integer(value.get(), path + name));
    }

    OptionalLong integer64(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!value.get().isIntegralNumber() || !value.get().canConvertToLong()) {
            throw wrongType(path + name, "a whole number of 64 bits", value.get());
        }
        return OptionalLong.of(value.get().longValue());
    }

    OptionalDouble number(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (!value.get().isNumber() || !Double.isFinite(value.get().doubleValue())) {
            throw wrongType(path + name, "a finite number", value.get());
        }
        return OptionalDouble.of(value.get().doubleValue());
    }

    /** The node itself, to be handed on. */
    JsonNode node() {
        return node;
    }

    /** A text, if the field is one. */
    public Optional<String> text(String name) {
        return field(name).filter(JsonNode::isTextual).map(JsonNode::textValue);
    }

    /** A field's value as JSON; a text that is JSON as it is. */
    public Optional<String> json(String name) {
        return field(name).map(value -> value.isTextual() ? value.textValue() : value.toString());
    }

    /** How errors call a field. */
    String param(String name) {
        return path + name;
    }

    /** An array of objects; empty if there is none. */
    List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonNode element : array(name)) {
            String place = path + name + "[" + objects.size() + "]";
            if (!element.isObject()) {
                throw wrongType(place, "an object", element);
            }
            objects.add(new JsonObject(place + ".", element));
        }
        return objects;
    }

    /** Whole numbers; empty if there are none. */
    int[] integers(String name) {
        List<JsonNode> elements = array(name);
        int[] integers = new int[elements.size()];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = integer(elements.get(i), path + name);
        }
        return integers;
    }

    private List<JsonNode> array(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isPresent() && !value.get().isArray()) {
            throw wrongType(path + name, "an array", value.get());
        }
        List<JsonNode> elements = new ArrayList<>();
        value.ifPresent(array -> array.forEach(elements::add));
        return elements;
    }

    Optional<JsonObject> object(String name) {
        return field(name).map(value -> {
            if (!value.isObject()) {
                throw wrongType(path + name, "an object", value);
            }
            return new JsonObject(path + name + ".", value);
        });
    }

    /** A string, or an array of strings. */
    List<String> strings(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return List.of();
        }
        if (value.get().isTextual()) {
            return List.of(text(value.get(), path + name));
        }
        if (!value.get().isArray()) {
            throw wrongType(path + name, "a string or an array of strings", value.get());
        }
        List<String> strings = new ArrayList<>();
        for (JsonNode element : value.get()) {
            strings.add(text(element, path + name));
        }
        return strings;
    }

    static String text(JsonNode value, String param) {
        if (!value.isTextual()) {
            throw wrongType(param, "a string", value);
        }
        String text = value.textValue();
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw ApiError.utf8(param + " must not have half of a surrogate pair");
        }
        return text;
    }

    static int integer(JsonNode value, String param) {
        if (!value.isIntegralNumber()) {
            throw wrongType(param, "a whole number", value);
        }
        if (!value.canConvertToInt()) {
            throw ApiError.invalidValue(
                    param, "%s must be a whole number of 32 bits, was %s", param, number(value.bigIntegerValue()));
        }
        return value.intValue();
    }

    private static String number(BigInteger value) {
        return value.toString(); // at most as long as the parser lets numbers be
    }

    static ApiError wrongType(String param, String expected, JsonNode value) {
        String was = value.isNumber() ? value.asText() : typeOf(value);
        return ApiError.invalidValue(param, "%s must be %s, was %s", param, expected, was);
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a string";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NULL -> "null";
            default -> "something else";
        };
    }
}

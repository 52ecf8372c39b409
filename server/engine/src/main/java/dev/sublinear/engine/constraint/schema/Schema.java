package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A schema and its place.
 *
 * @param pointer from the root, as a JSON pointer
 */
public record Schema(JsonNode json, String pointer) {
    private static final int LONGEST_SHOWN = 60;

    boolean has(String keyword) {
        return json.has(keyword);
    }

    boolean hasAny(Set<String> keywords) {
        return keywords.stream().anyMatch(json::has);
    }

    /** The schema under a keyword. */
    Schema at(String keyword) {
        return new Schema(
                json.path(keyword), pointer + "/" + keyword.replace("~", "~0").replace("/", "~1"));
    }

    Schema at(int index) {
        return new Schema(json.path(index), pointer + "/" + index);
    }

    /** The schemas in an array. */
    List<Schema> array(String keyword) {
        Schema array = at(keyword);
        if (!array.json.isArray() || array.json.isEmpty()) {
            throw array.refuse("must be an array that is not empty");
        }
        List<Schema> schemas = new ArrayList<>();
        for (int i = 0; i < array.json.size(); i++) {
            schemas.add(array.at(i));
        }
        return schemas;
    }

    /** The schemas in an object, by name, in order. */
    Map<String, Schema> named(String keyword) {
        Map<String, Schema> schemas = new LinkedHashMap<>();
        if (has(keyword)) {
            Schema object = at(keyword);
            if (!object.json.isObject()) {
                throw object.refuse("must be an object");
            }
            object.json.fieldNames().forEachRemaining(name -> schemas.put(name, object.at(name)));
        }
        return schemas;
    }

    /** The texts in an array; none if there is none. */
    List<String> texts(String keyword) {
        List<String> texts = new ArrayList<>();
        if (has(keyword)) {
            Schema array = at(keyword);
            for (JsonNode item : array.json) {
                if (!item.isTextual()) {
                    throw array.refuse("must be an array of strings");
                }
                texts.add(item.textValue());
            }
            if (!array.json.isArray()) {
                throw array.refuse("must be an array of strings");
            }
        }
        return texts;
    }

    Optional<String> text(String keyword) {
        if (!has(keyword)) {
            return Optional.empty();
        }
        if (!json.get(keyword).isTextual()) {
            throw at(keyword).refuse("must be a string");
        }
        return Optional.of(json.get(keyword).textValue());
    }

    Optional<BigDecimal> number(String keyword) {
        if (!has(keyword)) {
            return Optional.empty();
        }
        if (!json.get(keyword).isNumber()) {
            throw at(keyword).refuse("must be a number");
        }
        return Optional.of(json.get(keyword).decimalValue());
    }

    /** A number of characters or items. */
    OptionalInt count(String keyword) {
        Optional<BigDecimal> number = number(keyword);
        if (number.isEmpty()) {
            return OptionalInt.empty();
        }
        BigDecimal count = number.get();
        if (count.signum() < 0
                || count.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) >= 0
                || count.stripTrailingZeros().scale() > 0) {
            throw at(keyword).refuse("must be an integer from 0 to " + (Integer.MAX_VALUE - 1));
        }
        return OptionalInt.of(count.intValue());
    }

    /** An error here that shows the value. */
    SchemaException refuse(String rule) {
        String value = json.toString();
        String shown = value.length() <= LONGEST_SHOWN ? value : value.substring(0, LONGEST_SHOWN) + "…";
        return new SchemaException(pointer, rule + (json.isMissingNode() ? "" : ", was " + shown));
    }

    /** An error at a keyword that is not supported. */
    SchemaException unsupported(String keyword, String rule) {
        return new SchemaException(at(keyword).pointer, rule);
    }
}

package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys and values of a GGUF file. A value is a Long, Float, Double, Boolean or String; or a {@code List} of strings, or
 * a {@code long[]}, {@code double[]} or {@code boolean[]}.
 */
final class GgufMetadata {
    private final String file;
    private final Map<String, Object> values;

    GgufMetadata(String file, Map<String, Object> values) {
        this.file = file;
        this.values = values;
    }

    String file() {
        return file;
    }

    Set<String> keys() {
        return values.keySet();
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Optional<String> string(String key) {
        return value(key, String.class, "a string");
    }

    String requiredString(String key) {
        return string(key).orElseThrow(() -> refuse(quote(key) + " must be there, was absent"));
    }

    Optional<Long> integer(String key) {
        return value(key, Long.class, "a whole number");
    }

    Optional<Boolean> flag(String key) {
        return value(key, Boolean.class, "true or false");
    }

    /** A number as config.json has it, before it became a float: 1e-5, not 9.99999975e-6. */
    Optional<Double> number(String key) {
        Object value = values.get(key);
        if (value instanceof Float narrow) {
            return Optional.of(Double.parseDouble(narrow.toString()));
        }
        return value(key, Number.class, "a number").map(Number::doubleValue);
    }

    /** Strings; none if absent. */
    @SuppressWarnings("unchecked") // the only lists among the values
    List<String> strings(String key) {
        return (List<String>) value(key, List.class, "an array of strings").orElse(List.of());
    }

    Optional<long[]> integers(String key) {
        return value(key, long[].class, "an array of whole numbers");
    }

    /** Numbers, as floats widened or as whole numbers. */
    Optional<double[]> numbers(String key) {
        Object value = values.get(key);
        if (value instanceof long[] whole) {
            double[] numbers = new double[whole.length];
            for (int i = 0; i < whole.length; i++) {
                numbers[i] = whole[i];
            }
            return Optional.of(numbers);
        }
        return value(key, double[].class, "an array of numbers");
    }

    /** An array of flags, for example one for each layer. */
    Optional<boolean[]> flags(String key) {
        return value(key, boolean[].class, "an array of true and false");
    }

    /** A whole number that the file has once for all layers or once for each layer; these must be equal. */
    Optional<Long> sameForAll(String key) {
        if (!(values.get(key) instanceof long[] each)) {
            return integer(key);
        }
        for (long value : each) {
            if (value != each[0]) {
                throw refuse(quote(key) + " must be the same for all layers, others are not supported yet, was "
                        + each[0] + " and " + value);
            }
        }
        return each.length == 0 ? Optional.empty() : Optional.of(each[0]);
    }

    boolean isArray(String key) {
        Object value = values.get(key);
        return value instanceof List<?> || (value != null && value.getClass().isArray());
    }

    private <T> Optional<T> value(String key, Class<T> type, String called) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw refuse(quote(key) + " must be " + called + ", was " + shown(value));
        }
        return Optional.of(type.cast(value));
    }

    private static String shown(Object value) {
        if (value instanceof String text) {
            return quote(text);
        }
        return value instanceof List<?> || value.getClass().isArray() ? "an array of another kind" : value.toString();
    }

    CheckpointException refuse(String rule) {
        return new CheckpointException(file, rule);
    }
}

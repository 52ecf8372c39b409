package dev.sublinear.engine.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sublinear.engine.constraint.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tools that an answer may call, and what counts as a call of one. */
record Callable(List<Tool> tools) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final List<String> ARGUMENTS = List.of("arguments", "parameters");

    Callable {
        tools = List.copyOf(tools);
    }

    boolean isEmpty() {
        return tools.isEmpty();
    }

    Optional<Tool> named(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst();
    }

    static Optional<JsonNode> json(String text) {
        try {
            return Optional.of(JSON.readTree(text)).filter(node -> !node.isMissingNode());
        } catch (JsonProcessingException e) {
            return Optional.empty(); // models write what they like
        }
    }

    /** An object with a name and arguments. */
    Optional<Call> call(JsonNode object) {
        return named(object.path("name").asText())
                .flatMap(tool -> arguments(object).map(written -> new Call(tool.name(), written)));
    }

    /** A call of this function with arguments that are JSON. */
    Optional<Call> call(String name, String arguments) {
        return named(name)
                .filter(tool -> json(arguments).filter(JsonNode::isObject).isPresent())
                .map(tool -> new Call(name, arguments.strip()));
    }

    /** The call of an object, or the calls of an array; empty if one of them is not a call. */
    List<Call> calls(String text) {
        Optional<JsonNode> json = json(text);
        if (json.isEmpty()) {
            return List.of();
        }
        List<Call> calls = new ArrayList<>();
        for (JsonNode each : json.get().isArray() ? json.get() : List.of(json.get())) {
            Optional<Call> call = call(each);
            if (call.isEmpty()) {
                return List.of();
            }
            calls.add(call.get());
        }
        return calls;
    }

    private static Optional<String> arguments(JsonNode object) {
        for (String name : ARGUMENTS) {
            JsonNode written = object.path(name);
            if (written.isObject()) {
                return Optional.of(written.toString());
            }
            if (written.isTextual()) {
                return json(written.textValue()).filter(JsonNode::isObject).map(parsed -> written.textValue());
            }
        }
        return Optional.empty();
    }
}

package dev.sublinear.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Elements, as Qwen3-Coder writes them: {@code <tool_call>\n<function=f>\n<parameter=a>\n…\n</parameter>\n</function>
 * \n</tool_call>}. A value is a text where the function's schema says so, else JSON. See <a
 * href="https://huggingface.co/Qwen/Qwen3-Coder-30B-A3B-Instruct">its card</a>.
 */
record QwenCoderFormat() implements ToolFormat {
    private static final String OPENING = "<tool_call>";
    private static final String CLOSING = "</tool_call>";
    private static final String FUNCTION = "<function=";
    private static final String END = "</function>";
    private static final String VALUE_END = "\n</parameter>\n";
    private static final Pattern CALL =
            Pattern.compile("(?:<tool_call>)?\\s*<function=([^>\\n]{1,64})>(.*?)</function>\\s*", Pattern.DOTALL);
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*<parameter=([^>\\n]{1,64})>\\n?(.*?)\\n?</parameter>", Pattern.DOTALL);

    static Optional<ToolFormat> in(String rendered, String function) {
        return rendered.contains(FUNCTION + function) ? Optional.of(new QwenCoderFormat()) : Optional.empty();
    }

    @Override
    public List<String> openings() {
        return List.of(OPENING, FUNCTION);
    }

    @Override
    public List<String> markers() {
        return List.of(OPENING, CLOSING);
    }

    @Override
    public String closing() {
        return CLOSING;
    }

    @Override
    public Reading read(String text, Callable callable) {
        int start = JsonText.skipSpace(text, text.startsWith(OPENING) ? OPENING.length() : 0);
        if (!text.startsWith(FUNCTION, start)) {
            return FUNCTION.startsWith(text.substring(start)) ? Reading.UNCLEAR : Reading.NO_CALL;
        }
        Matcher written = CALL.matcher(text);
        if (!written.lookingAt()) {
            return Reading.UNCLEAR;
        }
        int end = written.end();
        boolean tagged = text.startsWith(OPENING);
        if (tagged && CLOSING.startsWith(text.substring(end)) && text.length() - end < CLOSING.length()) {
            return Reading.UNCLEAR;
        }
        Optional<Call> call = callable.named(written.group(1)).flatMap(tool -> read(tool, written.group(2)));
        int length = tagged && text.startsWith(CLOSING, end) ? end + CLOSING.length() : end;
        return call.<Reading>map(one -> new Reading.Calls(List.of(one), length)).orElse(Reading.NO_CALL);
    }

    private static Optional<Call> read(Tool tool, String body) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        Matcher parameter = PARAMETER.matcher(body);
        int at = 0;
        while (parameter.region(at, body.length()).lookingAt()) {
            String name = parameter.group(1);
            Optional<JsonNode> value =
                    value(tool.parameters().path("properties").path(name), parameter.group(2));
            if (value.isEmpty()) {
                return Optional.empty();
            }
            arguments.set(name, value.get());
            at = parameter.end();
        }
        return body.substring(at).isBlank()
                ? Optional.of(new Call(tool.name(), arguments.toString()))
                : Optional.empty();
    }

    private static Optional<JsonNode> value(JsonNode schema, String text) {
        return isText(schema) ? Optional.of(JsonNodeFactory.instance.textNode(text)) : Callable.json(text.strip());
    }

    private static boolean isText(JsonNode schema) {
        return schema.path("type").asText().equals("string");
    }

    /**
     * Parameters in the order of the schema, without others. A text is one of its {@code enum} or any: what else a schema
     * says of it has no place between tags.
     */
    @Override
    public Part call(Tool tool, String pointer) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part.Marker(OPENING));
        parts.add(new Part.Literal("\n" + FUNCTION + tool.name() + ">\n"));
        tool.parameters().path("properties").properties().forEach(property -> {
            String name = property.getKey();
            JsonNode schema = property.getValue();
            Part parameter = Part.of(
                    new Part.Literal("<parameter=" + name + ">\n"), written(schema, pointer + "/properties/" + name));
            parts.add(isRequired(tool, name) ? parameter : new Part.OneOf(List.of(parameter, new Part.Literal(""))));
        });
        parts.add(new Part.Literal(END + "\n"));
        parts.add(new Part.Marker(CLOSING));
        return new Part.InOrder(parts);
    }

    private static Part written(JsonNode schema, String pointer) {
        Part end = new Part.Literal(VALUE_END);
        if (!isText(schema)) {
            return Part.of(new Part.Json(schema, pointer), end);
        }
        List<Part> texts = new ArrayList<>();
        schema.path("enum").forEach(text -> texts.add(new Part.Literal(text.asText())));
        return texts.isEmpty() ? new Part.Until(VALUE_END) : Part.of(new Part.OneOf(texts), end);
    }

    private static boolean isRequired(Tool tool, String name) {
        for (JsonNode required : tool.parameters().path("required")) {
            if (required.asText().equals(name)) {
                return true;
            }
        }
        return false;
    }
}

package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sublinear.model.text.Message.ToolCall;
import java.util.List;
import java.util.Set;

/**
 * A request whose every character is moved to the private planes of Unicode, so that a rendered chat shows which characters
 * came from it, whatever the template did with them and without asking the code that keeps track of this.
 */
final class MarkedRequest {
    static final int MARK = 0xf0000;

    /** What templates ask for by name. */
    private static final Set<String> KEYS =
            Set.of("type", "function", "name", "description", "parameters", "properties", "required");

    private MarkedRequest() {}

    static String text(String text) {
        StringBuilder marked = new StringBuilder();
        text.codePoints().forEach(c -> marked.appendCodePoint(c + MARK));
        return marked.toString();
    }

    static List<Message> messages(List<Message> messages) {
        return messages.stream()
                .map(message -> new Message(
                        message.role(),
                        text(message.content()),
                        message.toolCalls().stream()
                                .map(call -> new ToolCall(text(call.id()), text(call.name()), json(call.arguments())))
                                .toList(),
                        text(message.toolCallId()),
                        text(message.name())))
                .toList();
    }

    static List<ObjectNode> tools(List<ObjectNode> tools) {
        return tools.stream().map(tool -> (ObjectNode) json(tool)).toList();
    }

    private static JsonNode json(JsonNode node) {
        ObjectMapper json = new ObjectMapper();
        if (node.isObject()) {
            ObjectNode marked = json.createObjectNode();
            node.properties()
                    .forEach(field -> marked.set(
                            KEYS.contains(field.getKey()) ? field.getKey() : text(field.getKey()),
                            json(field.getValue())));
            return marked;
        }
        if (node.isArray()) {
            ArrayNode marked = json.createArrayNode();
            node.forEach(item -> marked.add(json(item)));
            return marked;
        }
        return node.isTextual() ? TextNode.valueOf(text(node.textValue())) : node;
    }
}

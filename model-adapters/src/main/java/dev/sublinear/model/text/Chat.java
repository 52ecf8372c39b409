package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a chat template is filled with.
 *
 * @param tools definitions as OpenAI has them: {@code {"type": "function", "function": {...}}}
 * @param ending how the prompt ends
 * @param variables what else a request tells the template, such as {@code enable_thinking}; texts in it are given
 */
public record Chat(List<Message> messages, List<ObjectNode> tools, Ending ending, Map<String, JsonNode> variables) {

    /** How a prompt ends. */
    public enum Ending {
        /** Where the assistant begins to speak. */
        ASSISTANT_BEGINS,
        /** With the end of the last message. */
        MESSAGE_ENDS,
        /** Within the last message, which the assistant goes on with. */
        MESSAGE_GOES_ON
    }

    public Chat {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = new LinkedHashMap<>(variables);
    }

    /** Messages that the assistant answers. */
    public static Chat of(List<Message> messages) {
        return new Chat(messages, List.of(), Ending.ASSISTANT_BEGINS, Map.of());
    }

    /** With tools. */
    public Chat offering(List<ObjectNode> other) {
        return new Chat(messages, other, ending, variables);
    }

    public Chat with(Ending other) {
        return new Chat(messages, tools, other, variables);
    }

    /** With other messages. */
    public Chat saying(List<Message> other) {
        return new Chat(other, tools, ending, variables);
    }

    /** With what else the template may read. */
    public Chat telling(Map<String, JsonNode> other) {
        return new Chat(messages, tools, ending, other);
    }

    Message last() {
        return messages.get(messages.size() - 1);
    }
}

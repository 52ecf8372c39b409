package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Message.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tells of tools in messages, for a model whose template has no place for them: in the words and tags of <a
 * href="https://github.com/NousResearch/Hermes-Function-Calling">Hermes</a>, which most models have seen.
 */
final class ToolsInWords {
    private static final String BEFORE = """
            # Tools

            You may call one or more functions to assist with the user query.

            You are provided with function signatures within <tools></tools> XML tags:
            <tools>
            """;
    private static final String AFTER = """

            </tools>

            For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
            <tool_call>
            {"name": <function-name>, "arguments": <args-json-object>}
            </tool_call>""";

    private ToolsInWords() {}

    /** The same chat without tools, and with their definitions, calls and answers in what is said. */
    static Chat in(Chat chat) {
        List<Message> said = new ArrayList<>();
        String told =
                BEFORE + chat.tools().stream().map(ObjectNode::toString).collect(Collectors.joining("\n")) + AFTER;
        boolean hasSystem =
                !chat.messages().isEmpty() && isSystem(chat.messages().get(0));
        String before = hasSystem ? chat.messages().get(0).content() + "\n\n" : "";
        said.add(Message.of(Role.SYSTEM, before + told));
        for (Message message :
                chat.messages().subList(hasSystem ? 1 : 0, chat.messages().size())) {
            add(message, said);
        }
        return chat.saying(said).offering(List.of());
    }

    private static boolean isSystem(Message message) {
        return message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER;
    }

    private static void add(Message message, List<Message> said) {
        if (message.role() != Role.TOOL) {
            said.add(message.toolCalls().isEmpty() ? message : Message.of(message.role(), withCalls(message)));
            return;
        }
        String answer = "<tool_response>\n" + message.content() + "\n</tool_response>";
        Message last = said.get(said.size() - 1);
        if (last.role() == Role.USER && last.content().endsWith("</tool_response>")) {
            said.set(said.size() - 1, Message.of(Role.USER, last.content() + "\n" + answer));
        } else {
            said.add(Message.of(Role.USER, answer));
        }
    }

    private static String withCalls(Message message) {
        String calls = message.toolCalls().stream().map(ToolsInWords::call).collect(Collectors.joining("\n"));
        return message.content().isEmpty() ? calls : message.content() + "\n" + calls;
    }

    private static String call(ToolCall call) {
        ObjectNode object = JsonNodeFactory.instance.objectNode().put("name", call.name());
        object.set("arguments", call.arguments());
        return "<tool_call>\n" + object + "\n</tool_call>";
    }
}

package dev.sublinear.engine.chat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.ChatTemplateException;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.List;
import java.util.Optional;

/** All formats, the ones with the plainest marks first. */
final class ToolFormats {
    private static final List<ToolFormat.Recognition> ALL = List.of(
            QwenCoderFormat::in,
            MistralFormat::in,
            MistralListFormat::in,
            TaggedListFormat::in,
            HermesFormat::in,
            LlamaFormat::in);
    private static final String CALLED = "sublinear_calls";
    private static final String OFFERED = "sublinear_offers";

    private ToolFormats() {}

    /** Returns the format of a model, found out from how its template renders a call. */
    static ToolFormat of(ChatTemplate template) {
        return ofRendered(rendered(template));
    }

    static ToolFormat ofRendered(String rendered) {
        return ALL.stream()
                .flatMap(format -> format.in(rendered, CALLED).stream())
                .findFirst()
                .orElseThrow(); // the last takes any
    }

    /** Renders a chat with a call; fewer of its messages if the template refuses some. */
    private static String rendered(ChatTemplate template) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        Message call = Message.calling("", List.of(new Message.ToolCall("abcdefghi", CALLED, arguments)));
        List<Message> chat = List.of(Message.of(Role.USER, "?"), call);
        return render(template, chat, List.of(tool()))
                .or(() -> render(template, chat, List.of()))
                .or(() -> render(template, chat.subList(0, 1), List.of(tool())))
                .orElse("");
    }

    private static Optional<String> render(ChatTemplate template, List<Message> chat, List<ObjectNode> tools) {
        try {
            return Optional.of(template.render(chat, tools, false));
        } catch (ChatTemplateException e) {
            return Optional.empty(); // has no place for these
        }
    }

    private static ObjectNode tool() {
        ObjectNode tool = JsonNodeFactory.instance.objectNode().put("type", "function");
        ObjectNode function = tool.putObject("function").put("name", OFFERED).put("description", "");
        function.putObject("parameters").put("type", "object").putObject("properties");
        return tool;
    }
}

package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.chat.Tools;
import dev.sublinear.engine.constraint.Tool;
import java.util.List;

/** Reads the tools of a {@link ResponsesRequest}. All are functions, and become those of a chat, which wraps each in an object. */
final class ResponsesTools {
    private ResponsesTools() {}

    static Tools of(JsonObject json) {
        List<JsonObject> given = json.objects("tools");
        given.forEach(tool -> requireFunction(tool, tool.string("type").orElse("")));
        List<Tool> tools = given.stream().map(ChatRequest::function).toList();
        List<ObjectNode> definitions =
                given.stream().map(ResponsesTools::wrapped).toList();
        return ChatRequest.chosen(json, definitions, tools, ResponsesTools::named);
    }

    /** Refuses tools that the server would have to run itself, such as a search. */
    private static void requireFunction(JsonObject tool, String type) {
        if (!type.equals("function")) {
            throw ApiError.unsupportedParameter(tool.param("type"), tool.param("type") + ": " + type);
        }
    }

    private static ObjectNode wrapped(JsonObject tool) {
        ObjectNode function = (ObjectNode) tool.node().deepCopy();
        function.remove("type");
        ObjectNode wrapped = JsonNodeFactory.instance.objectNode().put("type", "function");
        wrapped.set("function", function);
        return wrapped;
    }

    private static JsonObject named(JsonObject choice) {
        requireFunction(choice, choice.string("type").orElse("function"));
        return choice;
    }
}

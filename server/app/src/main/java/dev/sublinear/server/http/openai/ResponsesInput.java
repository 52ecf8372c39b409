package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads the input of a {@link ResponsesRequest}: a text, or the items of a chat so far (messages, calls, their results).
 * A message of the assistant and the calls that follow it become one message, as chats have it.
 */
final class ResponsesInput {
    private static final int MAX_ITEMS = 4096;
    private static final Set<String> TEXTS = Set.of("input_text", "output_text", "reasoning_text", "text");

    private final List<Message> messages = new ArrayList<>();
    /** The thoughts of the assistant before its next message. */
    private String thought = "";

    private ResponsesInput() {}

    /** The messages, instructions first. */
    static List<Message> messages(JsonObject json) {
        ResponsesInput input = new ResponsesInput();
        json.string("instructions").ifPresent(text -> input.messages.add(Message.of(Role.SYSTEM, text)));
        JsonNode given = json.field("input").orElseThrow(() -> ApiError.invalidValue("input", "input is required"));
        if (given.isArray()) {
            input.add(json.objects("input"));
        } else if (given.isTextual()) {
            input.messages.add(Message.of(Role.USER, JsonObject.text(given, "input")));
        } else {
            throw JsonObject.wrongType("input", "a string or an array", given);
        }
        return List.copyOf(input.messages);
    }

    private void add(List<JsonObject> items) {
        items.forEach(this::add);
        if (items.isEmpty() || messages.isEmpty() || items.size() > MAX_ITEMS) {
            throw ApiError.invalidValue("input", "input must have 1 to %s items, was %s", MAX_ITEMS, items.size());
        }
    }

    private void add(JsonObject item) {
        String type = item.string("type").orElse("message");
        switch (type) {
            case "message" -> message(role(item), content(item, "content"));
            case "function_call" -> call(item);
            case "function_call_output" ->
                messages.add(Message.answer(required(item, "call_id"), "", content(item, "output")));
            case "reasoning" -> thought += item.has("content") ? content(item, "content") : "";
            default -> throw unsupported(item, type);
        }
    }

    private void message(Role role, String content) {
        Message message = Message.of(role, content);
        messages.add(role == Role.ASSISTANT ? message.thinking(thought) : message);
        thought = "";
    }

    private static ApiError unsupported(JsonObject item, String type) {
        return ApiError.unsupportedParameter(item.param("type"), item.param("type") + ": " + type);
    }

    private static Role role(JsonObject item) {
        return switch (required(item, "role")) {
            case "system" -> Role.SYSTEM;
            case "developer" -> Role.DEVELOPER;
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            default ->
                throw ApiError.invalidValue(
                        item.param("role"), "%s must be developer, system, user or assistant", item.param("role"));
        };
    }

    private void call(JsonObject item) {
        Message.ToolCall call = new Message.ToolCall(
                required(item, "call_id"), required(item, "name"), Json.parseOrText(required(item, "arguments")));
        int last = messages.size() - 1;
        if (last < 0 || messages.get(last).role() != Role.ASSISTANT) {
            messages.add(Message.calling("", List.of(call)).thinking(thought));
        } else {
            Message begun = messages.get(last);
            List<Message.ToolCall> calls = new ArrayList<>(begun.toolCalls());
            calls.add(call);
            messages.set(last, Message.calling(begun.content(), calls).thinking(begun.reasoning() + thought));
        }
        thought = "";
    }

    private static String required(JsonObject item, String name) {
        return item.string(name)
                .orElseThrow(() -> ApiError.invalidValue(item.param(name), "%s is required", item.param(name)));
    }

    private static String content(JsonObject item, String name) {
        JsonNode content = item.field(name)
                .orElseThrow(() -> ApiError.invalidValue(item.param(name), "%s is required", item.param(name)));
        if (!content.isArray()) {
            return JsonObject.text(content, item.param(name));
        }
        StringBuilder text = new StringBuilder();
        for (JsonObject part : item.objects(name)) {
            text.append(part(part));
        }
        return text.toString();
    }

    /** Text only: nothing is ever fetched. */
    private static String part(JsonObject part) {
        String type = required(part, "type");
        if (type.equals("refusal")) {
            return required(part, "refusal");
        }
        if (!TEXTS.contains(type)) {
            throw unsupported(part, type);
        }
        return required(part, "text");
    }
}

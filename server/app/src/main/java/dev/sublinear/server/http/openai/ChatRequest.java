package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.chat.AnswerFormat;
import dev.sublinear.engine.chat.ChatTurn;
import dev.sublinear.engine.chat.Tools;
import dev.sublinear.engine.constraint.Tool;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.model.text.Chat;
import dev.sublinear.model.text.Chat.Ending;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A request to {@code POST /v1/chat/completions}.
 *
 * @param ending how the prompt ends
 * @param variables further values that the chat template may read, by their names
 * @param maxTokens the most tokens of an answer; empty for as many as there is room for
 * @param names the names that errors have for the parts of the request
 */
public record ChatRequest(
        List<Message> messages,
        Tools tools,
        Ending ending,
        Map<String, JsonNode> variables,
        AnswerFormat format,
        OptionalInt maxTokens,
        LogprobsWanted logprobs,
        Fields fields,
        Names names) {
    private static final int MAX_MESSAGES = 4096;
    private static final int MAX_TOOLS = 128;
    private static final int MAX_ALTERNATIVES = 20;
    /** Names that a request may not set: values that every template gets, functions that templates call, and options of transformers. */
    private static final Set<String> RESERVED = Set.of(
            "messages",
            "tools",
            "documents",
            "add_generation_prompt",
            "continue_final_message",
            "chat_template",
            "tokenize",
            "raise_exception",
            "strftime_now",
            "namespace",
            "dict",
            "range");

    /** The names that errors have for the messages, for the format of the answer, and for its schema. */
    public record Names(String messages, String format, String schema) {
        static final Names CHAT = new Names("messages", "response_format", "response_format.json_schema.schema");
    }

    /**
     * Reads the body of a request.
     *
     * @throws ApiError naming the first field that is wrong or not supported
     */
    public static ChatRequest parse(byte[] body, Offer offer) {
        return of(Json.parse(body), offer);
    }

    static ChatRequest of(JsonObject json, Offer offer) {
        Fields fields = Fields.parse(json, offer);
        refuseUnsupported(json);
        List<Message> messages = messages(json);
        return new ChatRequest(
                messages,
                tools(json),
                ending(json, messages.get(messages.size() - 1)),
                variables(json),
                format(json),
                maxTokens(json),
                logprobs(json),
                fields,
                Names.CHAT);
    }

    /** What the engine is asked for. */
    public ChatTurn turn() {
        Chat chat = new Chat(messages, List.of(), ending, variables);
        return new ChatTurn(chat, tools, format, maxTokens, fields.options().with(logprobs));
    }

    private static Ending ending(JsonObject json, Message last) {
        boolean goesOn = json.flag("continue_final_message");
        boolean begins = json.has("add_generation_prompt") ? json.flag("add_generation_prompt") : !goesOn;
        if (!goesOn) {
            return begins ? Ending.ASSISTANT_BEGINS : Ending.MESSAGE_ENDS;
        }
        if (begins) {
            throw ApiError.invalidValue(
                    "continue_final_message",
                    "continue_final_message must not be true where add_generation_prompt is: an answer either goes on or begins");
        }
        if (last.role() != Role.ASSISTANT || !last.toolCalls().isEmpty()) {
            throw ApiError.invalidValue(
                    "continue_final_message",
                    "continue_final_message needs a last message of an assistant, without calls");
        }
        return Ending.MESSAGE_GOES_ON;
    }

    static Map<String, JsonNode> variables(JsonObject json) {
        Map<String, JsonNode> variables = new LinkedHashMap<>();
        Optional<JsonObject> given = json.object("chat_template_kwargs");
        for (String name : given.map(JsonObject::names).orElse(List.of())) {
            if (RESERVED.contains(name) || name.endsWith("_token")) {
                throw ApiError.invalidValue(
                        "chat_template_kwargs",
                        "chat_template_kwargs must not have %s, which this server sets itself",
                        ClientText.shown(name, 64));
            }
            variables.put(name, given.get().node().get(name));
        }
        return variables;
    }

    private static void refuseUnsupported(JsonObject json) {
        for (String name : List.of("chat_template", "functions", "function_call", "audio")) {
            Fields.refuse(name, json.has(name)); // a template comes from the checkpoint, never from a request
        }
        Fields.refuse("modalities", json.strings("modalities").stream().anyMatch(one -> !one.equals("text")));
    }

    private static OptionalInt maxTokens(JsonObject json) {
        String name = json.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        return json.has(name)
                ? OptionalInt.of(Fields.within(json, name, 1, Integer.MAX_VALUE, 1))
                : OptionalInt.empty();
    }

    private static LogprobsWanted logprobs(JsonObject json) {
        int alternatives = Fields.within(json, "top_logprobs", 0, MAX_ALTERNATIVES, 0);
        boolean wanted = json.flag("logprobs");
        if (json.has("top_logprobs") && !wanted) {
            throw ApiError.invalidValue("top_logprobs", "top_logprobs is only for logprobs: true");
        }
        return wanted ? new LogprobsWanted(LogprobsWanted.Scope.ANSWER, alternatives) : LogprobsWanted.NONE;
    }

    private static List<Message> messages(JsonObject json) {
        List<JsonObject> given = json.objects("messages");
        if (given.isEmpty() || given.size() > MAX_MESSAGES) {
            throw ApiError.invalidValue(
                    "messages", "messages must have 1 to %s messages, was %s", MAX_MESSAGES, given.size());
        }
        return given.stream().map(ChatRequest::message).toList();
    }

    private static Message message(JsonObject json) {
        Role role = role(json);
        List<Message.ToolCall> calls = role == Role.ASSISTANT ? toolCalls(json) : List.of();
        String content = content(json, role == Role.ASSISTANT);
        return new Message(
                role,
                content,
                calls,
                json.string("tool_call_id").orElse(""),
                json.string("name").orElse(""),
                role == Role.ASSISTANT ? json.string("reasoning_content").orElse("") : "");
    }

    private static Role role(JsonObject json) {
        String role = json.string("role")
                .orElseThrow(() -> ApiError.invalidValue(json.param("role"), "%s is required", json.param("role")));
        return switch (role) {
            case "system" -> Role.SYSTEM;
            case "developer" -> Role.DEVELOPER;
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "tool", "function" -> Role.TOOL;
            default ->
                throw ApiError.invalidValue(
                        json.param("role"),
                        "%s must be developer, system, user, assistant, tool or function",
                        json.param("role"));
        };
    }

    private static String content(JsonObject json, boolean mayBeAbsent) {
        Optional<JsonNode> content = json.field("content");
        String param = json.param("content");
        if (content.isEmpty()) {
            if (mayBeAbsent) {
                return "";
            }
            throw ApiError.invalidValue(param, "%s is required", param);
        }
        if (!content.get().isArray()) {
            return JsonObject.text(content.get(), param);
        }
        StringBuilder text = new StringBuilder();
        for (JsonObject part : json.objects("content")) {
            text.append(part(part));
        }
        return text.toString();
    }

    /** Text only: nothing is ever fetched. */
    private static String part(JsonObject part) {
        String type = part.string("type").orElse("");
        if (!type.equals("text") && !type.equals("refusal")) {
            throw ApiError.invalidValue(part.param("type"), "%s must be text", part.param("type"));
        }
        return part.string(type)
                .orElseThrow(() -> ApiError.invalidValue(part.param(type), "%s is required", part.param(type)));
    }

    private static List<Message.ToolCall> toolCalls(JsonObject json) {
        List<Message.ToolCall> calls = new ArrayList<>();
        for (JsonObject call : json.objects("tool_calls")) {
            JsonObject function = call.object("function")
                    .orElseThrow(() ->
                            ApiError.invalidValue(call.param("function"), "%s is required", call.param("function")));
            String name = function.string("name")
                    .orElseThrow(() ->
                            ApiError.invalidValue(function.param("name"), "%s is required", function.param("name")));
            String arguments = function.string("arguments").orElse("{}");
            calls.add(new Message.ToolCall(call.string("id").orElse(""), name, Json.parseOrText(arguments)));
        }
        return calls;
    }

    private static Tools tools(JsonObject json) {
        List<JsonObject> given = json.objects("tools");
        if (given.size() > MAX_TOOLS) {
            throw ApiError.invalidValue("tools", "tools must have at most %s tools, was %s", MAX_TOOLS, given.size());
        }
        List<Tool> tools = given.stream().map(ChatRequest::tool).toList();
        List<ObjectNode> definitions =
                given.stream().map(one -> (ObjectNode) one.node()).toList();
        return chosen(json, definitions, tools, ChatRequest::named);
    }

    /**
     * What a request lets the model call.
     *
     * @param named the object that names the function, within a choice that is an object
     */
    static Tools chosen(
            JsonObject json, List<ObjectNode> definitions, List<Tool> tools, UnaryOperator<JsonObject> named) {
        boolean several = !json.has("parallel_tool_calls") || json.flag("parallel_tool_calls");
        Optional<JsonNode> choice = json.field("tool_choice");
        if (choice.isEmpty()) {
            return new Tools(definitions, tools, false, several);
        }
        if (choice.get().isObject()) {
            JsonObject function = named.apply(json.object("tool_choice").orElseThrow());
            return new Tools(definitions, List.of(named(function, tools)), true, several);
        }
        String how = JsonObject.text(choice.get(), "tool_choice");
        return switch (how) {
            case "none" -> Tools.NONE;
            case "auto" -> new Tools(definitions, tools, false, several);
            case "required" -> {
                if (tools.isEmpty()) {
                    throw ApiError.invalidValue("tool_choice", "tool_choice required needs tools");
                }
                yield new Tools(definitions, tools, true, several);
            }
            default ->
                throw ApiError.invalidValue("tool_choice", "tool_choice must be none, auto, required or a function");
        };
    }

    private static JsonObject named(JsonObject choice) {
        Fields.refuse(
                "tool_choice.type", !choice.string("type").orElse("function").equals("function"));
        return choice.object("function")
                .orElseThrow(() ->
                        ApiError.invalidValue("tool_choice.function.name", "tool_choice.function.name is required"));
    }

    private static Tool named(JsonObject function, List<Tool> tools) {
        String param = function.param("name");
        String name = function.string("name").orElseThrow(() -> ApiError.invalidValue(param, "%s is required", param));
        return tools.stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseThrow(() -> ApiError.invalidValue(param, "%s must be one of tools", param));
    }

    private static Tool tool(JsonObject json) {
        if (!json.string("type").orElse("").equals("function")) {
            throw ApiError.invalidValue(json.param("type"), "%s must be function", json.param("type"));
        }
        JsonObject function = json.object("function")
                .orElseThrow(
                        () -> ApiError.invalidValue(json.param("function"), "%s is required", json.param("function")));
        return function(function);
    }

    /** A function by its name and the schema of its parameters. */
    static Tool function(JsonObject function) {
        String name = function.string("name").orElse("");
        if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
            throw ApiError.invalidValue(
                    function.param("name"),
                    "%s must have 1 to 64 letters, digits, underscores and hyphens",
                    function.param("name"));
        }
        function.string("description");
        JsonNode parameters =
                function.object("parameters").map(JsonObject::node).orElseGet(Json::noParameters);
        return new Tool(name, parameters);
    }

    private static AnswerFormat format(JsonObject json) {
        Optional<JsonObject> format = json.object("response_format");
        if (format.isEmpty()) {
            return new AnswerFormat.Text();
        }
        String type = format.get()
                .string("type")
                .orElseThrow(() -> ApiError.invalidValue("response_format.type", "response_format.type is required"));
        return switch (type) {
            case "text" -> new AnswerFormat.Text();
            case "json_object" -> new AnswerFormat.AnyObject();
            case "json_schema" ->
                new AnswerFormat.Schema(format.get()
                        .object("json_schema")
                        .flatMap(one -> one.field("schema"))
                        .orElseThrow(() -> ApiError.invalidValue(
                                "response_format.json_schema.schema",
                                "response_format.json_schema.schema is required")));
            default ->
                throw ApiError.invalidValue(
                        "response_format.type", "response_format.type must be text, json_object or json_schema");
        };
    }
}

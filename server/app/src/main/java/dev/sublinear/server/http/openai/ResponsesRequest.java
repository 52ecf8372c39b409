package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sublinear.engine.chat.AnswerFormat;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.model.text.Chat.Ending;
import dev.sublinear.server.http.openai.Response.Asked;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request to {@code POST /v1/responses}: a chat in other words. This server stores nothing and asks no other server, so
 * fields that need either are refused.
 *
 * @param asked the fields that the response repeats
 */
public record ResponsesRequest(ChatRequest chat, Asked asked) {
    private static final ChatRequest.Names NAMES = new ChatRequest.Names("input", "text.format", "text.format.schema");
    private static final String LOGPROBS = "message.output_text.logprobs";
    /** Asks for encrypted thoughts, and is accepted: thoughts are sent unencrypted, and a client sends back what it got. */
    private static final List<String> INCLUDABLE = List.of(LOGPROBS, "reasoning.encrypted_content");

    private static final int MAX_METADATA = 16;
    private static final int MAX_TEXT = 512;
    private static final int MAX_ALTERNATIVES = 20;

    /** Fields that need a store, and fields of chats that have another name here. */
    static final List<String> REFUSED = List.of(
            "previous_response_id",
            "conversation",
            "prompt",
            "context_management",
            "messages",
            "max_tokens",
            "max_completion_tokens",
            "response_format",
            "chat_template",
            "add_generation_prompt",
            "continue_final_message");

    /**
     * Reads the body of a request.
     *
     * @throws ApiError naming the first field that is wrong or not supported
     */
    public static ResponsesRequest parse(byte[] body, Offer offer) {
        return of(Json.parse(body), offer);
    }

    static ResponsesRequest of(JsonObject json, Offer offer) {
        Fields fields = Fields.parse(json, offer);
        refuseUnsupported(json, fields);
        OptionalInt maxTokens = json.has("max_output_tokens")
                ? OptionalInt.of(Fields.within(json, "max_output_tokens", 1, Integer.MAX_VALUE, 1))
                : OptionalInt.empty();
        Optional<JsonObject> text = json.object("text");
        LogprobsWanted logprobs = logprobs(json);
        ChatRequest chat = new ChatRequest(
                ResponsesInput.messages(json),
                ResponsesTools.of(json),
                Ending.ASSISTANT_BEGINS,
                ChatRequest.variables(json),
                format(text),
                maxTokens,
                logprobs,
                fields,
                NAMES);
        return new ResponsesRequest(chat, asked(json, chat, text));
    }

    private static void refuseUnsupported(JsonObject json, Fields fields) {
        for (String name : REFUSED) {
            Fields.refuse(name, json.has(name));
        }
        for (String name : List.of("store", "background")) {
            if (json.flag(name)) {
                throw ApiError.unsupportedParameter(name, name + ": true");
            }
        }
        Fields.refuse("n", fields.options().choices() != 1);
        String truncation = json.string("truncation").orElse("disabled");
        if (truncation.equals("auto")) {
            throw ApiError.unsupportedParameter("truncation", "truncation: auto");
        }
        if (!truncation.equals("disabled")) {
            throw ApiError.invalidValue("truncation", "truncation must be disabled");
        }
    }

    private static LogprobsWanted logprobs(JsonObject json) {
        boolean wanted = false;
        for (String name : json.strings("include")) {
            if (!INCLUDABLE.contains(name)) {
                throw ApiError.unsupportedParameter("include", "include: " + name);
            }
            wanted |= name.equals(LOGPROBS);
        }
        int alternatives = Fields.within(json, "top_logprobs", 0, MAX_ALTERNATIVES, 0);
        if (alternatives > 0 && !wanted) {
            throw ApiError.invalidValue("top_logprobs", "top_logprobs is only for include: [\"%s\"]", LOGPROBS);
        }
        return wanted ? new LogprobsWanted(LogprobsWanted.Scope.ANSWER, alternatives) : LogprobsWanted.NONE;
    }

    private static AnswerFormat format(Optional<JsonObject> text) {
        Optional<JsonObject> format = text.flatMap(one -> one.object("format"));
        if (format.isEmpty()) {
            return new AnswerFormat.Text();
        }
        String type = format.get()
                .string("type")
                .orElseThrow(() -> ApiError.invalidValue("text.format.type", "text.format.type is required"));
        return switch (type) {
            case "text" -> new AnswerFormat.Text();
            case "json_object" -> new AnswerFormat.AnyObject();
            case "json_schema" ->
                new AnswerFormat.Schema(format.get()
                        .field("schema")
                        .orElseThrow(() -> ApiError.invalidValue(NAMES.schema(), "%s is required", NAMES.schema())));
            default ->
                throw ApiError.invalidValue(
                        "text.format.type", "text.format.type must be text, json_object or json_schema");
        };
    }

    private static Asked asked(JsonObject json, ChatRequest chat, Optional<JsonObject> text) {
        json.string("prompt_cache_retention");
        json.integer("max_tool_calls"); // counts calls that a server makes itself: this one makes none
        return new Asked(
                false,
                json.string("instructions").orElse(null),
                chat.maxTokens().isPresent() ? chat.maxTokens().getAsInt() : null,
                metadata(json),
                !json.has("parallel_tool_calls") || json.flag("parallel_tool_calls"),
                null,
                brief(json, "prompt_cache_key").orElse(null),
                reasoning(json.object("reasoning")),
                brief(json, "safety_identifier").orElse(null),
                json.string("service_tier").map(tier -> "default").orElse("default"),
                false,
                chat.fields().options().sampling().temperature(),
                text(text),
                toolChoice(json),
                json.objects("tools").stream().map(JsonObject::node).toList(),
                chat.logprobs().alternatives(),
                chat.fields().options().sampling().topP(),
                "disabled",
                brief(json, "user").orElse(null));
    }

    /** Returns a text that the response repeats in each of its states. */
    private static Optional<String> brief(JsonObject json, String name) {
        return json.string(name).map(text -> {
            if (text.length() > MAX_TEXT) {
                throw ApiError.invalidValue(
                        json.param(name),
                        "%s must have at most %s characters, has %s",
                        json.param(name),
                        MAX_TEXT,
                        text.length());
            }
            return text;
        });
    }

    private static JsonNode metadata(JsonObject json) {
        Optional<JsonObject> metadata = json.object("metadata");
        if (metadata.isEmpty()) {
            return JsonNodeFactory.instance.objectNode();
        }
        List<String> names = metadata.get().names();
        boolean brief = names.stream()
                .allMatch(name -> name.length() <= MAX_TEXT
                        && metadata.get()
                                .text(name)
                                .filter(text -> text.length() <= MAX_TEXT)
                                .isPresent());
        if (names.size() > MAX_METADATA || !brief) {
            throw ApiError.invalidValue(
                    "metadata",
                    "metadata must have at most %s texts, each of at most %s characters",
                    MAX_METADATA,
                    MAX_TEXT);
        }
        return metadata.get().node();
    }

    private static JsonNode reasoning(Optional<JsonObject> given) {
        ObjectNode reasoning = JsonNodeFactory.instance.objectNode();
        for (String name : List.of("effort", "summary")) {
            reasoning.put(name, given.flatMap(one -> brief(one, name)).orElse(null));
        }
        return reasoning;
    }

    /** Checked already: the name of a way, or of a function. */
    private static JsonNode toolChoice(JsonObject json) {
        JsonNode given = json.field("tool_choice").orElseGet(() -> TextNode.valueOf("auto"));
        ObjectNode function = JsonNodeFactory.instance.objectNode().put("type", "function");
        return given.isTextual() ? given : function.set("name", given.get("name"));
    }

    private static JsonNode text(Optional<JsonObject> given) {
        ObjectNode text = JsonNodeFactory.instance.objectNode();
        text.set(
                "format",
                given.flatMap(one -> one.field("format"))
                        .orElseGet(() -> JsonNodeFactory.instance.objectNode().put("type", "text")));
        return text.put(
                "verbosity", given.flatMap(one -> brief(one, "verbosity")).orElse("medium"));
    }
}

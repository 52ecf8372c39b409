package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.jinja.Template;
import dev.sublinear.model.jinja.TemplateException;
import dev.sublinear.model.jinja.TemplateLimits;
import dev.sublinear.model.jinja.Text;
import dev.sublinear.model.text.Chat.Ending;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Turns the messages of a chat into the tokens that a model was trained on, with the template of its checkpoint, never
 * with one of a request. A model without a template gets {@code User: … Assistant:}.
 *
 * <p>What the template writes may become control tokens; what a message says never does, and is split into tokens together
 * with the words around it, as in transformers. May be used by several threads at once, while the tokenizer is open.
 */
public final class ChatTemplate {
    /* One unit of work is about one variable read. Real templates take under a hundred for each message. */
    private static final long WORK = 1_000_000;
    private static final long WORK_PER_MESSAGE = 2_000;
    private static final long WORK_PER_CHARACTER = 8;
    private static final long CHARACTERS = 1 << 20;
    private static final long CHARACTERS_PER_CHARACTER = 4;
    private static final Duration TIME = Duration.ofSeconds(10);

    private final Tokenizer tokenizer;
    private final ParsedTemplates templates;
    private final Clock clock;
    private final Map<Template, Object> silence;

    /**
     * Reads the template of a checkpoint.
     *
     * @param tokenizer of the same checkpoint
     * @throws dev.sublinear.model.checkpoint.CheckpointException if it is not Jinja or asks for what is not supported; names the file
     *     and the line
     */
    public static ChatTemplate of(Checkpoint checkpoint, Tokenizer tokenizer) {
        return of(checkpoint.templates(), tokenizer);
    }

    /** Reads templates, as a checkpoint has them. */
    public static ChatTemplate of(TemplateSources sources, Tokenizer tokenizer) {
        return new ChatTemplate(tokenizer, ParsedTemplates.of(sources), Clock.system(ZoneId.systemDefault()));
    }

    /** The one of a model that has no checkpoint: {@code User: … Assistant:}. */
    public static ChatTemplate plain(Tokenizer tokenizer) {
        return of(new TemplateSources(Map.of(), Map.of()), tokenizer);
    }

    ChatTemplate(Tokenizer tokenizer, ParsedTemplates templates, Clock clock) {
        this.tokenizer = tokenizer;
        this.templates = templates;
        this.clock = clock;
        this.silence = Stream.of(templates.plain(), templates.withTools())
                .distinct()
                .collect(Collectors.toMap(
                        template -> template,
                        template -> SilentTurn.content(template, templates.specialTokens(), clock)));
    }

    /** Whether the checkpoint brings a template. */
    public boolean isOfCheckpoint() {
        return templates.isOfCheckpoint();
    }

    /** Whether the model was told of tools. */
    public boolean supportsTools() {
        return templates.withTools().reads("tools");
    }

    /** Whether a chat may have tools: the model was told of them, or can be in words. */
    public boolean takesTools() {
        return isOfCheckpoint() || supportsTools();
    }

    /** Texts at which an answer ends, besides the stop ids of the model; none if the checkpoint brings a template. */
    public List<String> stopTexts() {
        return isOfCheckpoint() ? List.of() : List.of("\nUser:");
    }

    /** Whether its source has these characters. */
    public boolean writes(String characters) {
        return templates.plain().writes(characters) || templates.withTools().writes(characters);
    }

    /**
     * The tokens of a chat. Of tools the template tells in its own words or, if it is a checkpoint's and has no place for
     * them, a system message does.
     *
     * @throws ChatTemplateException if the template refuses the messages, such as a system message where there can be none, or
     *     if the chat has tools and the model no template, or if it exceeds its bounds
     * @throws IllegalArgumentException if a message has half of a surrogate pair
     */
    public Prompt prompt(Chat chat) {
        return prompt(chat, Integer.MAX_VALUE);
    }

    /**
     * The same for a chat of at most this many tokens.
     *
     * @throws TooManyTokensException if it must have more: found out before it is split into tokens, often even before it is written
     */
    public Prompt prompt(Chat chat, int most) {
        if (chat.messages().size() > most) { // each of which becomes a token at least
            throw new TooManyTokensException(most, chat.messages().size());
        }
        Text text = rendered(chat);
        tokenizer.requireAtMost(most, text.toString());
        int[] ids = isOfCheckpoint() ? tokenizer.encode(text) : tokenizer.encodePrompt(text.toString());
        return new Prompt(ids, text.toString());
    }

    /** The tokens of a chat without more. */
    public int[] encode(List<Message> messages, List<ObjectNode> tools, boolean generationPrompt) {
        return prompt(chat(messages, tools, generationPrompt)).ids();
    }

    /** The text of the same. */
    public String render(List<Message> messages, List<ObjectNode> tools, boolean generationPrompt) {
        return rendered(chat(messages, tools, generationPrompt)).toString();
    }

    private static Chat chat(List<Message> messages, List<ObjectNode> tools, boolean generationPrompt) {
        return Chat.of(messages).offering(tools).with(generationPrompt ? Ending.ASSISTANT_BEGINS : Ending.MESSAGE_ENDS);
    }

    private Text rendered(Chat asked) {
        Chat chat = asked.tools().isEmpty() || supportsTools() ? asked : inWords(asked);
        return chat.ending() == Ending.MESSAGE_GOES_ON ? goingOn(chat) : filled(chat);
    }

    private Chat inWords(Chat chat) {
        if (!isOfCheckpoint()) {
            throw new ChatTemplateException("the model's chat template has no place for tools");
        }
        return ToolsInWords.in(chat);
    }

    /*
     * What the template writes behind the last message is cut off. As in transformers, a mark tells where that is, and its
     * space whether the template keeps space at the end of a message.
     */
    private Text goingOn(Chat chat) {
        String mark = "goes-on-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        List<Message> marked = new ArrayList<>(chat.messages());
        marked.set(marked.size() - 1, chat.last().saying(chat.last().content() + mark + " "));
        Text text = filled(chat.saying(marked));
        int end = text.toString().lastIndexOf(mark);
        if (end < 0) {
            throw new ChatTemplateException(
                    "the model's chat template does not write the last message, which is to go on");
        }
        boolean keepsSpace = text.toString().startsWith(mark + " ", end);
        while (!keepsSpace && end > 0 && Character.isWhitespace(text.toString().charAt(end - 1))) {
            end--;
        }
        return text.before(end);
    }

    private Text filled(Chat chat) {
        Template template = chat.tools().isEmpty() ? templates.plain() : templates.withTools();
        Object silent = Objects.requireNonNull(silence.get(template));
        List<Map<String, Object>> said = chat.messages().stream()
                .map(message -> variables(message, silent))
                .toList();
        List<Object> offered = chat.tools().stream().map(ChatTemplate::value).toList();
        Map<String, Object> variables = new LinkedHashMap<>();
        chat.variables().forEach((name, value) -> variables.put(name, value(value)));
        variables.putAll(templates.specialTokens());
        variables.put("messages", said);
        variables.put("tools", offered.isEmpty() ? Template.none() : offered);
        variables.putIfAbsent("documents", Template.none());
        variables.put("add_generation_prompt", chat.ending() == Ending.ASSISTANT_BEGINS);
        try {
            return template.render(variables, limits(said.size(), characters(variables)), clock);
        } catch (TemplateException e) {
            throw new ChatTemplateException("the model's chat template: " + e.getMessage(), e);
        }
    }

    private static TemplateLimits limits(int messages, long characters) {
        return new TemplateLimits(
                WORK + WORK_PER_MESSAGE * messages + WORK_PER_CHARACTER * characters,
                CHARACTERS + CHARACTERS_PER_CHARACTER * characters,
                TIME);
    }

    private static Map<String, Object> variables(Message message, Object silent) {
        Map<String, Object> fields = new LinkedHashMap<>();
        Message.Role role = message.role() == Message.Role.DEVELOPER ? Message.Role.SYSTEM : message.role();
        fields.put("role", role.name().toLowerCase(Locale.ROOT));
        boolean isSilent = message.content().isEmpty() && !message.toolCalls().isEmpty();
        fields.put("content", isSilent ? silent : Text.given(message.content()));
        if (!message.reasoning().isEmpty()) {
            fields.put("reasoning_content", Text.given(message.reasoning()));
        }
        if (!message.name().isEmpty()) {
            fields.put("name", Text.given(message.name()));
        }
        if (!message.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            for (Message.ToolCall call : message.toolCalls()) {
                Map<String, Object> function = new LinkedHashMap<>();
                function.put("name", Text.given(call.name()));
                function.put("arguments", value(call.arguments()));
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("id", Text.given(call.id()));
                entry.put("type", "function");
                entry.put("function", function);
                calls.add(entry);
            }
            fields.put("tool_calls", calls);
        }
        if (!message.toolCallId().isEmpty()) {
            fields.put("tool_call_id", Text.given(message.toolCallId()));
        }
        return fields;
    }

    /** JSON of a request: its names and texts are given. */
    private static Object value(JsonNode node) {
        if (node.isObject()) {
            Map<Object, Object> map = new LinkedHashMap<>();
            node.properties().forEach(field -> map.put(Text.given(field.getKey()), value(field.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        }
        if (node.isTextual()) {
            return Text.given(node.textValue());
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        return node.isNumber() ? (Object) node.doubleValue() : Template.none();
    }

    private static long characters(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .mapToLong(entry -> characters(entry.getKey()) + characters(entry.getValue()))
                    .sum();
        }
        if (value instanceof List<?> list) {
            return list.stream().mapToLong(ChatTemplate::characters).sum();
        }
        return value instanceof Text || value instanceof String
                ? value.toString().length()
                : 1;
    }
}

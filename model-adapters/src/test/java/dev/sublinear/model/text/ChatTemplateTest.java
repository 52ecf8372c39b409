package dev.sublinear.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.text.Chat.Ending;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Message.ToolCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);
    private static final Message CALLING =
            Message.calling("", List.of(new ToolCall("c1", "clock", JSON.createObjectNode())));
    private static final Map<String, Tokenizer> TOKENIZERS = new HashMap<>();

    @AfterAll
    static void close() {
        TOKENIZERS.values().forEach(Tokenizer::close);
        TOKENIZERS.clear();
    }

    static Stream<JsonNode> goldens() {
        return StreamSupport.stream(json("golden.json").path("goldens").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void encode_chat_isWhatTransformersMakes(JsonNode golden) throws IOException {
        ChatTemplate template = template(golden);
        Chat chat = chat(golden);

        if (golden.has("error")) {
            assertThatThrownBy(() -> template.prompt(chat))
                    .isInstanceOf(ChatTemplateException.class)
                    .hasMessageStartingWith(
                            "the model's chat template: " + golden.path("error").textValue());
            return;
        }
        assertThat(template.prompt(chat).text()).isEqualTo(golden.path("text").textValue());
        if (golden.has("ids")) {
            assertThat(template.prompt(chat).ids()).isEqualTo(JSON.convertValue(golden.path("ids"), int[].class));
        }
    }

    private static Chat chat(JsonNode golden) {
        List<ObjectNode> tools = new ArrayList<>();
        golden.path("tools").forEach(tool -> tools.add((ObjectNode) tool));
        Map<String, JsonNode> variables = new HashMap<>();
        golden.path("variables").properties().forEach(entry -> variables.put(entry.getKey(), entry.getValue()));
        Ending ending = golden.has("continued")
                ? Ending.MESSAGE_GOES_ON
                : golden.path("generation_prompt").booleanValue() ? Ending.ASSISTANT_BEGINS : Ending.MESSAGE_ENDS;
        return new Chat(messages(golden.path("messages")), tools, ending, variables);
    }

    /** Every place of a request where text can stand, and every control token. */
    @ParameterizedTest
    @MethodSource("goldens")
    void encode_messagesThatSpellControlTokens_addsNone(JsonNode golden) throws IOException {
        if (golden.has("error") || golden.has("continued") || golden.has("variables")) {
            return;
        }
        Tokenizer tokenizer = tokenizer(golden.path("tokenizer").textValue());
        List<String> control = new ArrayList<>();
        for (JsonNode token :
                json(golden.path("tokenizer").textValue() + ".json").path("added_tokens")) {
            if (token.path("special").booleanValue()) {
                control.add(token.path("content").textValue());
            }
        }
        String forged = String.join("", control);
        List<ObjectNode> tools = new ArrayList<>();
        golden.path("tools").forEach(tool -> {
            ObjectNode spoilt = tool.deepCopy();
            ((ObjectNode) spoilt.path("function")).put("description", forged).put(forged, forged);
            tools.add(spoilt);
        });
        List<Message> innocent = messages(golden.path("messages"));
        List<Message> guilty =
                innocent.stream().map(message -> spoilt(message, forged)).toList();
        ChatTemplate template = template(golden);

        int[] ids = template.encode(guilty, tools, true);
        // Those of the template itself.
        List<ObjectNode> plainTools = new ArrayList<>();
        golden.path("tools").forEach(tool -> plainTools.add((ObjectNode) tool));
        int[] plain = template.encode(innocent, plainTools, true);

        assertThat(controlTokens(ids, tokenizer, control)).isEqualTo(controlTokens(plain, tokenizer, control));
        assertThat(tokenizer.decode(ids)).contains(control.get(0)).contains(control.get(control.size() - 1));
    }

    private static Message spoilt(Message message, String forged) {
        List<ToolCall> calls = message.toolCalls().stream()
                .map(call -> new ToolCall(
                        call.id(), call.name() + forged, JSON.createObjectNode().put(forged, forged)))
                .toList();
        String content = message.content().isEmpty() && !calls.isEmpty() ? "" : message.content() + forged;
        String reasoning = message.reasoning().isEmpty() ? "" : message.reasoning() + forged;
        return new Message(message.role(), content, calls, message.toolCallId(), message.name(), reasoning);
    }

    private static List<Integer> controlTokens(int[] ids, Tokenizer tokenizer, List<String> control) {
        List<Integer> known =
                control.stream().map(name -> tokenizer.idOf(name).orElseThrow()).toList();
        return Arrays.stream(ids).filter(known::contains).boxed().toList();
    }

    @Test
    void encode_controlTokenHalfGiven_staysText() {
        Tokenizer tokenizer = tokenizer("bytes");
        ChatTemplate template = of(tokenizer, "{{ '<|im_' + messages[0].content }}{{ '<|im_end|>' }}");
        int end = tokenizer.idOf("<|im_end|>").orElseThrow();

        int[] ids = template.encode(List.of(Message.of(Role.USER, "start|>")), List.of(), true);

        assertThat(ids[ids.length - 1]).isEqualTo(end);
        assertThat(tokenizer.decode(ids)).isEqualTo("<|im_start|>");
    }

    /** The ids 2 and 260: a message that begins with 60 must not turn the one into the other, whatever the template. */
    @ParameterizedTest
    @ValueSource(strings = {"60", "6", "0", "60 apples", "600", "260", ";", "", "60;"})
    void encode_digitsRightBehindAControlToken_stayText(String content) {
        ObjectNode json = ByteTokenizer.json();
        ((ArrayNode) json.path("added_tokens"))
                .addObject()
                .put("id", 260)
                .put("content", "<|tool|>")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        try (Tokenizer tokenizer = Tokenizer.of(json, 261)) {
            ChatTemplate template = of(tokenizer, "{{ '<|assistant|>' + messages[0].content + '<|tool|>' }}");
            int[] expected = IntStream.concat(
                            IntStream.concat(IntStream.of(2), Arrays.stream(tokenizer.encode(content))),
                            IntStream.of(260))
                    .toArray();

            int[] ids = template.encode(List.of(Message.of(Role.USER, content)), List.of(), true);

            assertThat(ids).isEqualTo(expected);
            assertThat(tokenizer.decode(ids)).isEqualTo(content);
        }
    }

    /** {@code <|assistant|>} is written: behind a {@code <}, before a {@code |}, and a longer token may be meant. */
    @ParameterizedTest
    @ValueSource(strings = {"<c", "<co", "<\u1401", "<\u1401c", "<<", "<|assistant|>|", "<|assist", "t|>"})
    void encode_otherAddedTokens_areFoundAsInTheWholeText(String other) {
        ObjectNode json = ByteTokenizer.json();
        ((ArrayNode) json.path("added_tokens"))
                .addObject()
                .put("id", 260)
                .put("content", other)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", false);
        String text = "<<|assistant|>|";
        try (Tokenizer tokenizer = Tokenizer.of(json, 261);
                HuggingFaceTokenizer library = HuggingFaceTokenizer.newInstance(
                        new ByteArrayInputStream(json.toString().getBytes(StandardCharsets.UTF_8)), Map.of())) {
            int[] expected = Arrays.stream(library.encode(text, false, false).getIds())
                    .mapToInt(Math::toIntExact)
                    .toArray();

            assertThat(of(tokenizer, "{{ '" + text + "' }}").encode(List.of(), List.of(), true))
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void render_developer_isSystem() throws IOException {
        ChatTemplate template = of(tokenizer("bytes"), source("qwen-2.5"));
        Message question = Message.of(Role.USER, "Hi");

        assertThat(template.render(List.of(Message.of(Role.DEVELOPER, "Be brief."), question), List.of(), true))
                .isEqualTo(template.render(List.of(Message.of(Role.SYSTEM, "Be brief."), question), List.of(), true));
    }

    /** Plain ChatML, as SmolLM2 has it: {@code content} is added to a text. */
    @Test
    void render_callWithoutWords_isAnEmptyTurn() {
        ChatTemplate template = of(
                tokenizer("bytes"),
                "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}");

        assertThat(template.render(List.of(Message.of(Role.USER, "Time?"), CALLING), List.of(), false))
                .isEqualTo("<|im_start|>user\nTime?<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n");
    }

    /** As DeepSeek's: with words there are no calls, and an empty text counts as words. */
    @Test
    void render_callWhereContentMustBeNone_isShown() {
        ChatTemplate template = of(
                tokenizer("bytes"),
                "{% for m in messages %}{% if m['role'] == 'assistant' and m['content'] is none %}"
                        + "{{ 'calls ' + m['tool_calls'][0]['function']['name'] }}"
                        + "{% else %}{{ m['content'] + ';' }}{% endif %}{% endfor %}");

        assertThat(template.render(List.of(Message.of(Role.USER, "Time?"), CALLING), List.of(), false))
                .isEqualTo("Time?;calls clock");
    }

    @Test
    void prompt_toolsWithoutPlace_areToldInMessages() {
        ChatTemplate template = of(
                tokenizer("bytes"),
                "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
                        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
        ObjectNode tool = JSON.createObjectNode().put("type", "function").put("forged", "<|im_end|>");
        List<Message> messages = List.of(
                Message.of(Role.SYSTEM, "Be brief."),
                Message.of(Role.USER, "Time?"),
                CALLING,
                Message.answer("c1", "clock", "noon"),
                Message.answer("c2", "clock", "night"));

        Prompt prompt = template.prompt(Chat.of(messages).offering(List.of(tool)));

        assertThat(template.supportsTools()).isFalse();
        assertThat(template.takesTools()).isTrue();
        assertThat(prompt.text())
                .startsWith("<|im_start|>system\nBe brief.\n\n# Tools\n")
                .contains("<tools>\n{\"type\":\"function\",\"forged\":\"<|im_end|>\"}\n</tools>")
                .endsWith("""
                        <|im_start|>user
                        Time?<|im_end|>
                        <|im_start|>assistant
                        <tool_call>
                        {"name":"clock","arguments":{}}
                        </tool_call><|im_end|>
                        <|im_start|>user
                        <tool_response>
                        noon
                        </tool_response>
                        <tool_response>
                        night
                        </tool_response><|im_end|>
                        <|im_start|>assistant
                        """);
        int end = tokenizer("bytes").idOf("<|im_end|>").orElseThrow();
        assertThat(Arrays.stream(prompt.ids()).filter(id -> id == end)).hasSize(4);
    }

    @Test
    void prompt_variableThatSpellsAControlToken_staysText() {
        ChatTemplate template = of(tokenizer("bytes"), "{{ who }}{{ '<|im_end|>' }}{{ eos_token }}");
        int end = tokenizer("bytes").idOf("<|im_end|>").orElseThrow();
        Map<String, JsonNode> variables = Map.of(
                "who", JSON.getNodeFactory().textNode("<|im_end|>"),
                "eos_token", JSON.getNodeFactory().textNode("mine"));

        Prompt prompt =
                template.prompt(Chat.of(List.of(Message.of(Role.USER, "Hi"))).telling(variables));

        assertThat(prompt.text()).isEqualTo("<|im_end|><|im_end|><|eot_id|>");
        assertThat(Arrays.stream(prompt.ids()).filter(id -> id == end)).hasSize(1);
    }

    @Test
    void prompt_lastMessageThatIsNotWritten_cannotGoOn() {
        ChatTemplate template = of(tokenizer("bytes"), "{{ messages[0].content }}");
        Chat chat = Chat.of(List.of(Message.of(Role.USER, "Hi"), Message.of(Role.ASSISTANT, "Well")))
                .with(Ending.MESSAGE_GOES_ON);

        assertThatThrownBy(() -> template.prompt(chat))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage("the model's chat template does not write the last message, which is to go on");
    }

    @Test
    void encode_templateThatRunsAway_isRefused() {
        ChatTemplate template = of(
                tokenizer("bytes"),
                "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}");

        assertThatThrownBy(() -> template.encode(List.of(Message.of(Role.USER, "Hi")), List.of(), true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("the model's chat template: must not take more than ");
    }

    @Test
    void encode_longChat_staysWithinBounds() throws IOException {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            messages.add(Message.of(Role.USER, "A question of some length. ".repeat(40)));
            messages.add(Message.of(Role.ASSISTANT, "<think>\nSo.\n</think>\n\n" + "An answer. ".repeat(40)));
        }
        messages.add(Message.of(Role.USER, "And?"));
        for (String name : List.of("llama-2", "llama-3.1", "mistral", "qwen-2.5", "qwen-3", "gemma")) {
            ChatTemplate template = of(tokenizer("bytes"), source(name));

            assertThat(template.render(messages, List.of(), true)).contains("And?");
        }
    }

    private static ChatTemplate template(JsonNode golden) throws IOException {
        ObjectNode config = JSON.createObjectNode()
                .put("chat_template", source(golden.path("template").textValue()));
        config.set("bos_token", golden.path("bos_token"));
        config.set("eos_token", golden.path("eos_token"));
        return new ChatTemplate(
                tokenizer(golden.path("tokenizer").textValue()), ParsedTemplates.of(TemplateSources.of(config)), CLOCK);
    }

    private static ChatTemplate of(Tokenizer tokenizer, String source) {
        ObjectNode config = JSON.createObjectNode().put("chat_template", source);
        config.put("bos_token", "<|begin_of_text|>").put("eos_token", "<|eot_id|>");
        return new ChatTemplate(tokenizer, ParsedTemplates.of(TemplateSources.of(config)), CLOCK);
    }

    private static Tokenizer tokenizer(String name) {
        return TOKENIZERS.computeIfAbsent(name, of -> Tokenizer.of((ObjectNode) json(of + ".json"), 1024));
    }

    private static List<Message> messages(JsonNode list) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : list) {
            List<ToolCall> calls = new ArrayList<>();
            for (JsonNode call : message.path("tool_calls")) {
                JsonNode function = call.path("function");
                calls.add(new ToolCall(
                        call.path("id").textValue(), function.path("name").textValue(), function.path("arguments")));
            }
            messages.add(new Message(
                    Role.valueOf(message.path("role").textValue().toUpperCase(Locale.ROOT)),
                    message.path("content").asText(""),
                    calls,
                    message.path("tool_call_id").asText(""),
                    message.path("name").asText(""),
                    message.path("reasoning_content").asText("")));
        }
        return messages;
    }

    private static String source(String name) throws IOException {
        try (InputStream in = resource(name + ".jinja")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static JsonNode json(String name) {
        try (InputStream in = resource(name)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ChatTemplateTest.class.getResourceAsStream("/chat/" + name), name);
    }
}

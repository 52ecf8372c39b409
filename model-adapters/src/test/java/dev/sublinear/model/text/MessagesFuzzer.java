package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Message.ToolCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Sets the way from messages to ids beside {@link MessagesTwin}: no content, name or argument ever yields a control token that
 * the template did not write, and no character is lost. For Jazzer, see {@code deploy/fuzz}.
 */
public final class MessagesFuzzer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final List<String> TEMPLATES =
            List.of("chatml", "gemma", "llama-2", "llama-3.1", "mistral", "phi-3", "qwen-2.5", "qwen-3", "zephyr");
    private static final List<Role> ROLES = List.of(Role.USER, Role.ASSISTANT);
    private static final int TOKENIZERS = 16;

    /** Templates look for these in what is said. */
    private static final List<String> LOOKED_FOR = List.of("think", "tool_response");

    private static final List<Opened> OPENED = new ArrayList<>();

    private MessagesFuzzer() {}

    private record Opened(RandomTokenizer random, Tokenizer tokenizer) {}

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        for (int seed = 0; seed < TOKENIZERS; seed++) {
            RandomTokenizer random = new RandomTokenizer(seed);
            OPENED.add(new Opened(random, random.open()));
        }
    }

    /**
     * What Jazzer calls: the first byte chooses the tokenizer, the second the template, the third what is there; the rest is
     * text, parted by line ends.
     */
    public static void fuzzerTestOneInput(byte[] input) {
        if (OPENED.isEmpty()) {
            fuzzerInitialize();
        }
        if (input.length < 3) {
            return;
        }
        Opened opened = OPENED.get(Byte.toUnsignedInt(input[0]) % TOKENIZERS);
        int template = Byte.toUnsignedInt(input[1]);
        String source = template < TEMPLATES.size()
                ? source(TEMPLATES.get(template))
                : new RandomTemplate(new Random(template), opened.random).source();
        String[] texts = new String(input, 3, input.length - 3, StandardCharsets.UTF_8).split("\n", -1);
        compare(opened.random, opened.tokenizer, source, input[2], Arrays.asList(texts));
    }

    /** Compares one request; returns whether the template took it. */
    static boolean compare(RandomTokenizer random, Tokenizer tokenizer, String source, int parts, List<String> texts) {
        ObjectNode config = JSON.createObjectNode().put("chat_template", source);
        String first = random.control().keySet().iterator().next();
        config.put("bos_token", first).put("eos_token", first);
        ChatTemplate template = new ChatTemplate(tokenizer, ParsedTemplates.of(TemplateSources.of(config)), CLOCK);
        List<String> said = texts.stream().map(MessagesFuzzer::sayable).toList();
        List<Message> messages = messages(parts, said);
        List<ObjectNode> tools = (parts & 2) != 0 && template.supportsTools() ? List.of(tool(said)) : List.of();
        int[] ids;
        try {
            ids = template.encode(messages, tools, true);
        } catch (ChatTemplateException e) {
            return false; // roles that do not alternate, an id of a call that is too long
        }
        MessagesTwin twin = new MessagesTwin(random, template).read(messages, tools);
        require(Arrays.equals(ids, twin.ids()), "ids", twin.ids(), ids, messages);
        require(tokenizer.decode(ids).equals(twin.said()), "text", twin.said(), tokenizer.decode(ids), messages);
        return true;
    }

    private static void require(boolean holds, String what, Object right, Object was, List<Message> messages) {
        if (!holds) {
            throw new IllegalStateException("the " + what + " of " + messages + " must be "
                    + (right instanceof int[] ids ? Arrays.toString(ids) : right) + ", was "
                    + (was instanceof int[] ids ? Arrays.toString(ids) : was));
        }
    }

    private static List<Message> messages(int parts, List<String> texts) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            messages.add(Message.of(ROLES.get(i % 2), texts.get(i)));
        }
        String text = texts.get(0);
        if ((parts & 1) != 0) {
            ObjectNode arguments = JSON.createObjectNode().put(text, text).put("n", 15);
            arguments.putArray("list").add(text).add(true);
            messages.add(Message.calling(
                    (parts & 4) != 0 ? text : "", List.of(new ToolCall("call" + texts.size(), text, arguments))));
            messages.add(Message.answer("call" + texts.size(), text, text));
        }
        if ((parts & 8) != 0) {
            messages.add(0, Message.of(Role.SYSTEM, texts.get(texts.size() - 1)));
        }
        return messages;
    }

    private static ObjectNode tool(List<String> texts) {
        ObjectNode tool = JSON.createObjectNode().put("type", "function");
        ObjectNode function = tool.putObject("function").put("name", texts.get(0));
        function.put("description", texts.get(texts.size() - 1));
        function.putObject("parameters").putObject("properties").putObject(texts.get(0));
        return tool;
    }

    /** What a template leaves as it is: nothing that it strips, looks for, or spells otherwise in JSON. */
    private static String sayable(String text) {
        StringBuilder sayable = new StringBuilder();
        text.codePoints()
                .filter(c -> c >= ' ' && c != 0x7f && c != 0x85 && c < 0x20000 && "'\"\\".indexOf(c) < 0)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .filter(c -> c == ' ' || !(Character.isWhitespace(c) || Character.isSpaceChar(c)))
                .forEach(sayable::appendCodePoint);
        String said = sayable.toString();
        for (String sought : LOOKED_FOR) {
            while (said.contains(sought)) {
                said = said.replace(sought, "");
            }
        }
        return said.strip();
    }

    static List<String> templates() {
        return TEMPLATES.stream().map(MessagesFuzzer::source).toList();
    }

    private static String source(String name) {
        String resource = "/chat/" + name + ".jinja";
        try (InputStream in = Objects.requireNonNull(MessagesFuzzer.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

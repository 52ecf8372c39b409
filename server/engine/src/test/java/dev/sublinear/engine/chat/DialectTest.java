package dev.sublinear.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.constraint.Constraints;
import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.Tool;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class DialectTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path TEMPLATES = Path.of("..", "..", "model-adapters", "src", "test", "resources", "chat");
    private static final int MOST = 1_000; // bytes of an answer
    private static final byte[][] BYTES =
            IntStream.range(0, 256).mapToObj(b -> new byte[] {(byte) b}).toArray(byte[][]::new);
    private static final List<Tool> TOOLS = List.of(
            new Tool("clock", json("{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}")),
            new Tool(
                    "weather",
                    json(
                            "{\"type\":\"object\",\"properties\":{\"days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9},"
                                    + "\"city\":{\"type\":\"string\",\"enum\":[\"Oslo\",\"Bath \\\"\\u00e9\\\"\"]},\"wind\":{\"type\":\"boolean\"}},"
                                    + "\"required\":[\"days\"],\"additionalProperties\":false}")));

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static ChatTemplate template(String source) {
        Map<String, TemplateSources.Source> sources =
                Map.of(TemplateSources.DEFAULT, new TemplateSources.Source("test", source));
        return ChatTemplate.of(
                new TemplateSources(sources, Map.of("bos_token", "<s>", "eos_token", "</s>")), ScriptedModel.TOKENIZER);
    }

    /** Those without a place for tools are told of them in Hermes's words. */
    @ParameterizedTest
    @CsvSource({
        "qwen-2.5, HermesFormat[], false",
        "qwen-3, HermesFormat[], true",
        "llama-3.1, LlamaFormat[arguments=parameters], false",
        "mistral, MistralListFormat[], false",
        "chatml, HermesFormat[], false",
        "zephyr, HermesFormat[], false",
        "phi-3, HermesFormat[], false",
        "gemma, HermesFormat[], false",
        "llama-2, HermesFormat[], false"
    })
    void of_template_isHowItRepeatsACall(String name, String format, boolean thinks) throws IOException {
        ChatTemplate template = template(Files.readString(TEMPLATES.resolve(name + ".jinja")));

        assertThat(ToolFormats.of(template)).hasToString(format);
        assertThat(Thinking.of(template)).isEqualTo(thinks ? Thinking.TAGGED : Thinking.NONE);
    }

    /** What is essential of the templates of Mistral Small 3.2, Qwen3-Coder, Granite, and of one with another name. */
    static Stream<Arguments> others() {
        return Stream.of(
                Arguments.of("[TOOL_CALLS]{{ f.name }}[ARGS]{{ f.arguments | tojson }}", "MistralFormat[]"),
                Arguments.of("<tool_call>\n<function={{ f.name }}>\n</function>\n</tool_call>", "QwenCoderFormat[]"),
                Arguments.of("<|tool_call|>[{{ f | tojson }}]", "TaggedListFormat[]"),
                Arguments.of("{{ f | tojson }}", "LlamaFormat[arguments=arguments]"),
                Arguments.of("", "LlamaFormat[arguments=parameters]"));
    }

    @ParameterizedTest
    @MethodSource("others")
    void of_otherTemplate_isHowItRepeatsACall(String call, String format) {
        ChatTemplate template = template("{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}"
                + "{{ m.role }}: {{ m.content }}{% for c in m.tool_calls %}{% set f = c.function %}" + call
                + "{% endfor %}{% endfor %}");

        assertThat(ToolFormats.of(template)).hasToString(format);
    }

    static Stream<ToolFormat> formats() {
        return Stream.of(
                new HermesFormat(),
                new LlamaFormat("parameters"),
                new LlamaFormat("arguments"),
                new MistralListFormat(),
                new MistralFormat(),
                new TaggedListFormat(),
                new QwenCoderFormat());
    }

    /** Each answer that the constraint lets through is one call, by the schema. */
    @ParameterizedTest
    @MethodSource("formats")
    void call_anyAnswerThatIsAllowed_isReadAsACall(ToolFormat format) {
        Dialect dialect = new Dialect(format, Thinking.NONE, Map.of());
        TokenConstraint constraint = new Constraints(BYTES, Runnable::run).answer(dialect.call(TOOLS));
        for (long seed : Seed.each(100)) {
            String answer = answer(constraint, new Random(seed));
            List<Said> said = read(dialect, answer, false);

            assertThat(said).as("seed %s: %s", seed, answer).hasSize(1);
            Call call = ((Said.Called) said.get(0)).call();
            JsonNode arguments = json(call.arguments());
            if (call.name().equals("weather")) {
                assertThat(arguments.get("days").intValue()).isBetween(1, 9);
                assertThat(List.of("Oslo", "Bath \"\u00e9\""))
                        .contains(arguments.path("city").asText("Oslo"));
            } else {
                assertThat(arguments).isEmpty();
            }
        }
    }

    @Test
    void afterThought_eitherWay_isReadAsThoughtAndAnswer() {
        Dialect dialect = new Dialect(new HermesFormat(), Thinking.TAGGED, Map.of());
        Part answer = new Part.Json(json("{\"const\":5}"), "");

        for (String allowed : List.of("5", "<think>so</think>5", "<think>\n<<so\n</think>\n\n5")) {
            assertThat(accepts(dialect.afterThought(answer, false), allowed))
                    .as(allowed)
                    .isTrue();
        }
        assertThat(accepts(dialect.afterThought(answer, false), "so</think>5")).isFalse();
        assertThat(accepts(dialect.afterThought(answer, true), "so\n</think>\n\n5"))
                .isTrue();
        assertThat(accepts(dialect.afterThought(answer, true), "5")).isFalse();
    }

    private static boolean accepts(Part part, String text) {
        TokenConstraint.State state =
                new Constraints(BYTES, Runnable::run).answer(part).begin();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (!state.allowed().allows(b & 0xff)) {
                return false;
            }
            state.advance(b & 0xff);
        }
        return state.mayEnd();
    }

    private static String answer(TokenConstraint constraint, Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TokenConstraint.State state = constraint.begin();
        while (!(state.mayEnd() && state.allowed().isEmpty())) {
            assertThat(bytes.size()).as("%s", bytes).isLessThan(MOST);
            int[] allowed = IntStream.range(0, BYTES.length)
                    .filter(state.allowed()::allows)
                    .toArray();
            int next = allowed[random.nextInt(allowed.length)];
            bytes.write(next);
            state.advance(next);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<Said> read(Dialect dialect, String answer, boolean thinks) {
        AnswerReader reader = dialect.reader(TOOLS, true, thinks);
        List<Said> said = new ArrayList<>(reader.accept(answer));
        said.addAll(reader.finish());
        return said;
    }
}

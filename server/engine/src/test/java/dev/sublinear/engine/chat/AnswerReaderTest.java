package dev.sublinear.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.constraint.Tool;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class AnswerReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Tool> TOOLS = List.of(
            new Tool(
                    "get_current_temperature",
                    json(
                            "{'type':'object','properties':{'location':{'type':'string'},'days':{'type':'integer'}},'required':['location']}")),
            new Tool("clock", json("{'type':'object','properties':{}}")));
    private static final String TEMPERATURE = "get_current_temperature{\"location\":\"Paris, France\"}";
    private static final String PARIS =
            "\"name\": \"get_current_temperature\", \"%s\": {\"location\": \"Paris, France\"}";
    private static final String ARGUMENTS = "{" + PARIS.formatted("arguments") + "}";
    private static final String PARAMETERS = "{" + PARIS.formatted("parameters") + "}";
    private static final String CLOCK = "{\"name\": \"clock\", \"arguments\": {}}";

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** As the models' own cards and templates show them: format, answer, words, calls. */
    static Stream<Arguments> calls() {
        ToolFormat hermes = new HermesFormat();
        ToolFormat llama = new LlamaFormat("parameters");
        ToolFormat list = new MistralListFormat();
        ToolFormat mistral = new MistralFormat();
        ToolFormat tagged = new TaggedListFormat();
        ToolFormat coder = new QwenCoderFormat();
        String temperature = TEMPERATURE;
        return Stream.of(
                Arguments.of(hermes, "<tool_call>\n" + ARGUMENTS + "\n</tool_call>", "", temperature),
                Arguments.of(hermes, "I look.\n<tool_call>" + ARGUMENTS + "</tool_call>\n", "I look.\n", temperature),
                Arguments.of(
                        hermes,
                        "<tool_call>\n" + ARGUMENTS + "\n</tool_call>\n<tool_call>\n" + CLOCK + "\n</tool_call>",
                        "",
                        temperature + " clock{}"),
                Arguments.of(
                        hermes,
                        "<tool_call>[" + ARGUMENTS + ", " + CLOCK + "]</tool_call>",
                        "",
                        temperature + " clock{}"),
                Arguments.of(hermes, "<tool_call>\n" + ARGUMENTS, "", temperature),
                Arguments.of(hermes, "<tool_call>\n" + ARGUMENTS + "\n</tool_", "", temperature),
                Arguments.of(
                        hermes, "<tool_call>{\"name\": \"clock\", \"arguments\": \"{}\"}</tool_call>", "", "clock{}"),
                Arguments.of(
                        hermes,
                        "<tool_call>{\"name\":\"get_current_temperature\",\"arguments\":{\"location\":\"</tool_call> \\\" {\"}}</tool_call>",
                        "",
                        "get_current_temperature{\"location\":\"</tool_call> \\\" {\"}"),
                Arguments.of(llama, PARAMETERS, "", temperature),
                Arguments.of(llama, "<|python_tag|>" + PARAMETERS, "", temperature),
                Arguments.of(
                        llama,
                        "\n\n" + PARAMETERS + "; {\"name\": \"clock\", \"parameters\": {}}",
                        "",
                        temperature + " clock{}"),
                Arguments.of(list, "[TOOL_CALLS] [" + ARGUMENTS + "]", "", temperature),
                Arguments.of(list, "[TOOL_CALLS][" + ARGUMENTS + ", " + CLOCK + "]", "", temperature + " clock{}"),
                Arguments.of(list, "Let me see.[TOOL_CALLS] [" + ARGUMENTS + "]", "Let me see.", temperature),
                Arguments.of(mistral, "[TOOL_CALLS]clock[ARGS]{}", "", "clock{}"),
                Arguments.of(
                        mistral,
                        "[TOOL_CALLS]clock[CALL_ID]abc123def[ARGS]{}[TOOL_CALLS]get_current_temperature[ARGS]{\"location\": \"Paris, France\"}",
                        "",
                        "clock{} get_current_temperature{\"location\": \"Paris, France\"}"),
                Arguments.of(tagged, "<|tool_call|>[" + ARGUMENTS + "]<|/tool_call|>", "", temperature),
                Arguments.of(tagged, "<|tool_call|>[" + ARGUMENTS + "]", "", temperature),
                Arguments.of(
                        coder,
                        "I look.\n<tool_call>\n<function=get_current_temperature>\n<parameter=location>\nParis, France\n</parameter>\n"
                                + "<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>",
                        "I look.\n",
                        "get_current_temperature{\"location\":\"Paris, France\",\"days\":2}"),
                Arguments.of(coder, "<tool_call>\n<function=clock>\n</function>\n</tool_call>", "", "clock{}"),
                Arguments.of(coder, "<function=clock>\n</function>", "", "clock{}"));
    }

    static Stream<Arguments> words() {
        ToolFormat hermes = new HermesFormat();
        ToolFormat llama = new LlamaFormat("parameters");
        return Stream.of(
                Arguments.of(hermes, "It is <to be seen."),
                Arguments.of(hermes, "<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>"),
                Arguments.of(hermes, "<tool_call>\n{'name': 'clock', 'arguments': {}}\n</tool_call> or so"),
                Arguments.of(hermes, "<tool_call>\n{\"name\": \"clock\", \"argum"),
                Arguments.of(hermes, "A <tool_call> is what it is called, <tool_"),
                Arguments.of(hermes, "  two blanks before, two behind  "),
                Arguments.of(llama, "{\"answer\": 5}"),
                Arguments.of(llama, "{\"answer\": 5} {\"name\": \"clock\", \"parameters\": {}}"),
                Arguments.of(llama, "As JSON: {\"name\": \"clock\", \"parameters\": {}}"),
                Arguments.of(new MistralFormat(), "[TOOL_CALLS]clock, perhaps"),
                Arguments.of(new MistralListFormat(), "[TOOL_CALLS] nothing"),
                Arguments.of(new QwenCoderFormat(), "<tool_call>\n<function=clock>\nnow?\n</function>\n</tool_call>"),
                Arguments.of(
                        new QwenCoderFormat(),
                        "<function=get_current_temperature>\n<parameter=days>\nsoon\n</parameter>\n</function>"));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void accept_calls_areToldHoweverTheyCome(ToolFormat format, String answer, String words, String calls) {
        for (List<String> pieces : cut(answer)) {
            List<Said> said = read(format, true, pieces);

            assertThat(calls(said)).as("%s", pieces).isEqualTo(calls);
            assertThat(words(said)).as("%s", pieces).isEqualTo(words);
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void accept_oneCallAllowed_tellsNothingAfterTheFirst(ToolFormat format, String answer, String words, String calls) {
        for (List<String> pieces : cut(answer + " And more <tool_call>\n" + CLOCK + "\n</tool_call>")) {
            List<Said> said = read(format, false, pieces);

            assertThat(said.stream().filter(part -> part instanceof Said.Called))
                    .hasSize(1);
            assertThat(said.get(said.size() - 1)).isInstanceOf(Said.Called.class);
            assertThat(calls).startsWith(calls(said));
            assertThat(words(said)).isEqualTo(words);
        }
    }

    @ParameterizedTest
    @MethodSource("words")
    void accept_noCall_isText(ToolFormat format, String answer) {
        for (List<String> pieces : cut(answer)) {
            List<Said> said = read(format, true, pieces);

            assertThat(calls(said)).isEmpty();
            assertThat(words(said)).as("%s", pieces).isEqualTo(answer);
        }
    }

    @Test
    void accept_controlTokenThatBeginsNoCall_isNotShown() {
        Dialect dialect = new Dialect(new MistralFormat(), Thinking.NONE, Map.of("[TOOL_CALLS]", 5));
        AnswerReader reader = dialect.reader(TOOLS, true, false);
        List<Said> said = new ArrayList<>(reader.accept("Well, [TOOL_CALLS]"));
        said.addAll(reader.accept("perhaps not."));
        said.addAll(reader.finish());

        assertThat(words(said)).isEqualTo("Well, perhaps not.");
    }

    @Test
    void accept_wordsBeforeACall_areToldAtOnce() {
        AnswerReader reader = reader(new HermesFormat(), true);

        assertThat(words(reader.accept("I look <too"))).isEqualTo("I look ");
        assertThat(words(reader.accept(" far"))).isEqualTo("<too far");
    }

    @Test
    void newId_mistral_hasNineCharacters() {
        assertThat(new MistralFormat().newId()).matches("[A-Za-z0-9]{9}");
        assertThat(new HermesFormat().newId()).startsWith("call_");
    }

    @ParameterizedTest
    @MethodSource("thoughts")
    void accept_thought_isToldApart(boolean open, String answer, String thought, String words) {
        Dialect dialect = new Dialect(new HermesFormat(), Thinking.TAGGED, Map.of());
        for (List<String> pieces : cut(answer)) {
            AnswerReader reader = dialect.reader(TOOLS, true, open);
            List<Said> said = new ArrayList<>();
            for (String piece : pieces) {
                said.addAll(reader.accept(piece));
                reader.countToken();
            }
            said.addAll(reader.finish());

            assertThat(thoughts(said)).as("%s", pieces).isEqualTo(thought);
            assertThat(words(said)).as("%s", pieces).isEqualTo(words);
            if (pieces.size() == answer.length()) {
                assertThat(reader.thoughtTokens()).isEqualTo(thoughtLength(answer, words));
            }
        }
    }

    static Stream<Arguments> thoughts() {
        return Stream.of(
                Arguments.of(false, "<think>\nIt is\n\nlate.\n</think>\n\nLate.", "It is\n\nlate.", "Late."),
                Arguments.of(false, "<think>\n\n</think>\n\nLate.", "", "Late."),
                Arguments.of(false, "\n<think>a < b </thin</think>c", "a < b </thin", "c"),
                Arguments.of(false, "<think>cut off </thi", "cut off </thi", ""),
                Arguments.of(false, "Late. <think>no</think>", "", "Late. <think>no</think>"),
                Arguments.of(false, "<thinking is hard", "", "<thinking is hard"),
                Arguments.of(true, "It is late.\n</think>\n\nLate.", "It is late.", "Late."),
                Arguments.of(true, "It is late.", "It is late.", ""),
                Arguments.of(true, "</think>Late.", "", "Late."));
    }

    /** In characters, with its marks. */
    private static int thoughtLength(String answer, String words) {
        int end = answer.indexOf("</think>");
        return words.equals(answer) ? 0 : end < 0 ? answer.length() : end + "</think>".length();
    }

    @Test
    void accept_callAfterAThought_isRead() {
        Dialect dialect = new Dialect(new HermesFormat(), Thinking.TAGGED, Map.of());
        String answer = "<think>\nThe <tool_call> {clock}\n</think>\n\n<tool_call>\n" + CLOCK + "\n</tool_call>";
        for (List<String> pieces : cut(answer)) {
            AnswerReader reader = dialect.reader(TOOLS, true, false);
            List<Said> said = new ArrayList<>();
            pieces.forEach(piece -> said.addAll(reader.accept(piece)));
            said.addAll(reader.finish());

            assertThat(thoughts(said)).isEqualTo("The <tool_call> {clock}");
            assertThat(calls(said)).isEqualTo("clock{}");
            assertThat(words(said)).isEmpty();
        }
    }

    private static List<Said> read(ToolFormat format, boolean several, List<String> pieces) {
        AnswerReader reader = reader(format, several);
        List<Said> said = new ArrayList<>();
        pieces.forEach(piece -> said.addAll(reader.accept(piece)));
        said.addAll(reader.finish());
        return said;
    }

    private static AnswerReader reader(ToolFormat format, boolean several) {
        return new Dialect(format, Thinking.NONE, Map.of()).reader(TOOLS, several, false);
    }

    /** Whole, in characters, and in seeded pieces. */
    private static List<List<String>> cut(String text) {
        List<List<String>> all = new ArrayList<>();
        all.add(List.of(text));
        all.add(text.chars().mapToObj(Character::toString).toList());
        for (long seed : Seed.each(20)) {
            Random random = new Random(seed);
            List<String> pieces = new ArrayList<>();
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + random.nextInt(9));
                pieces.add(text.substring(at, end));
                at = end;
            }
            all.add(pieces);
        }
        return all;
    }

    private static String words(List<Said> said) {
        return joined(said, part -> part instanceof Said.Words words ? words.text() : "");
    }

    private static String thoughts(List<Said> said) {
        return joined(said, part -> part instanceof Said.Thought thought ? thought.text() : "");
    }

    private static String joined(List<Said> said, Function<Said, String> text) {
        return said.stream().map(text).collect(Collectors.joining());
    }

    private static String calls(List<Said> said) {
        return said.stream()
                .filter(part -> part instanceof Said.Called)
                .map(part -> ((Said.Called) part).call())
                .map(call -> call.name() + call.arguments())
                .collect(Collectors.joining(" "));
    }
}

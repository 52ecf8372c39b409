package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row G6 of the threats, over HTTP: text that spells a control token stays text, in every field and role. */
final class ForgeryTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEMPLATE =
            "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|endoftext|>{% endfor %}<|assistant|>";

    @TempDir
    private Path directory;

    private final List<int[]> read = new ArrayList<>();
    private TestServer server = TestServer.start(ScriptedModel.repeating("x "));

    @BeforeEach
    void start() throws IOException {
        server.close();
        try (Stream<Path> files = Files.list(FixtureModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
        }
        Files.writeString(directory.resolve("chat_template.jinja"), TEMPLATE);
        try (HuggingFaceCheckpoint of = HuggingFaceCheckpoint.open(directory)) {
            ScriptedModel model = ScriptedModel.repeating("x ").readingTo(read::add);
            server = TestServer.chatting(model, ChatTemplate.of(of, ScriptedModel.TOKENIZER));
        }
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static List<String> controls() throws IOException {
        List<String> controls = new ArrayList<>();
        JSON.readTree(FixtureModel.directory().resolve("tokenizer.json").toFile())
                .get("added_tokens")
                .forEach(token -> controls.add(token.get("content").textValue()));
        assertThat(controls).hasSizeGreaterThan(3);
        return controls;
    }

    /** The ids that the model read for the latest prompt. */
    private int[] prompt(String path, String body) {
        read.clear();
        assertThat(server.post(path, body).statusCode()).isEqualTo(200);
        return read.get(0);
    }

    private static String chat(String system, String user, String assistant) {
        return "{\"max_tokens\":1,\"messages\":[{\"role\":\"system\",\"content\":\"" + system
                + "\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"" + user
                + "\"}]},{\"role\":\"assistant\",\"content\":\"" + assistant
                + "\"},{\"role\":\"user\",\"content\":\"?\"}]}";
    }

    private static long count(int[] ids) throws IOException {
        int controls = controls().size();
        return Arrays.stream(ids).filter(id -> id < controls).count();
    }

    @Test
    void g6_textThatSpellsControlTokens_forgesNoneInChats() throws IOException {
        long own = count(prompt("/v1/chat/completions", chat("a", "b", "c")));
        assertThat(own).as("four messages, their ends, and the turn").isEqualTo(9);
        for (String control : controls()) {
            String text = "a" + control + "b " + control;
            for (int place = 0; place < 3; place++) {
                int at = place;
                String[] said = IntStream.range(0, 3)
                        .mapToObj(i -> i == at ? text : "x")
                        .toArray(String[]::new);
                int[] ids = prompt("/v1/chat/completions", chat(said[0], said[1], said[2]));
                assertThat(count(ids)).as(control).isEqualTo(own);
                assertThat(ScriptedModel.TOKENIZER.decode(ids)).contains(control);
            }
        }
    }

    @Test
    void g6_textThatSpellsControlTokens_forgesNoneInCompletions() throws IOException {
        for (String control : controls()) {
            String text = control + " and " + control;
            int[] ids = prompt("/v1/completions", "{\"max_tokens\":1,\"prompt\":\"" + text + "\"}");
            assertThat(count(ids)).as(control).isZero();

            JsonNode tokens = JSON.readTree(
                    server.post("/v1/tokenize", "{\"prompt\":\"" + text + "\",\"add_special_tokens\":false}")
                            .body());
            assertThat(count(JSON.convertValue(tokens.get("tokens"), int[].class)))
                    .as(control)
                    .isZero();
        }
    }
}

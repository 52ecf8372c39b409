package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.gguf.TinyGguf;
import dev.sublinear.model.hub.StubHub;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HubSourceTest {
    private static final String MODEL = "org/tiny";

    @TempDir
    private Path directory;

    private final StubHub stub = new StubHub();
    private Path original = Path.of("");

    @BeforeEach
    void publish() {
        original = RandomCheckpoint.seeded(1).withShards(2).write(directory.resolve("checkpoint"));
        stub.directory(MODEL, original);
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private ModelSource parse(String text) {
        Map<String, String> environment = stub.environment(directory.resolve("cache"));
        environment.put("HF_TOKEN", StubHub.TOKEN);
        return ModelSource.parse(text, environment);
    }

    @Test
    void parse_nameOnTheHub_asksNothingYet() {
        ModelSource source = parse(MODEL + "@main");

        assertThat(source).isInstanceOf(HubSource.class).hasToString(MODEL);
        assertThat(source.name()).isEqualTo(MODEL);
        assertThat(source.profile()).isEmpty();
        assertThat(stub.seen()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"./org/tiny", "/models/tiny", "a/b/c", "model.gguf", "weights/model.gguf", "../tiny"})
    void parse_whatIsAPath_isThatPath(String text) {
        assertThat(parse(text)).isInstanceOf(CheckpointSource.class);
    }

    @Test
    void parse_directoryOfThatName_wins() {
        String text = "src/test"; // which is also the shape of a name on the hub
        assertThat(parse(text)).isEqualTo(CheckpointSource.in(Path.of(text)));
    }

    @Test
    void checkpoint_onTheHub_isTheSameAsItsOriginal() {
        try (Checkpoint fetched = parse(MODEL).checkpoint()) {
            assertThat(fetched.fingerprint()).isEqualTo(Fingerprint.of(original));
        }
    }

    @Test
    void checkpoint_moreTemplatesInAFolder_haveThem() {
        stub.small(MODEL, "chat_template.jinja", "{{ messages }}")
                .small(MODEL, "additional_chat_templates/tool_use.jinja", "{{ tools }}");

        try (Checkpoint fetched = parse(MODEL).checkpoint()) {
            assertThat(fetched.templates().byName()).containsKeys("default", "tool_use");
        }
    }

    @Test
    void checkpoint_quantisationOnTheHub_isThatGguf() throws IOException {
        Path gguf = TinyGguf.write(Files.createDirectories(directory.resolve("gguf")), "tiny-Q8_0.gguf");
        stub.directory("org/gguf", gguf.resolveSibling(""));

        ModelSource source = parse("org/gguf:q8_0");

        assertThat(source.name()).isEqualTo("org/gguf");
        try (Checkpoint fetched = source.checkpoint();
                Checkpoint here = parse(gguf.toString()).checkpoint()) {
            assertThat(fetched.fingerprint()).isEqualTo(here.fingerprint());
        }
    }

    @Test
    void checkpoint_neitherHereNorThere_saysBoth() {
        assertThatThrownBy(() -> parse("org/other").checkpoint())
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        "model: \"org/other\" is no file or directory here, and from the hub: org/other: no such repository on "
                                + stub.endpoint() + "; look for its name there");
    }

    @Test
    void profile_thatCameWithTheModel_holds() {
        String profile = "{\"format\": 1, \"model\": {\"fingerprint\": \"" + Fingerprint.of(original)
                + "\"}, \"cache\": {\"budget\": \"fixed:100\"}}";
        stub.small(MODEL, "kv-profile.json", profile);
        parse(MODEL).checkpoint().close();

        assertThat(parse(MODEL).profile().orElseThrow().cache()).containsEntry("cache.budget", "fixed:100");
    }

    @Test
    void checkpoint_linkOutOfTheCache_isRefused() throws IOException {
        parse(MODEL).checkpoint().close();
        Path config = directory.resolve("cache/models--org--tiny/snapshots/" + StubHub.commit(MODEL) + "/config.json");
        Files.delete(config);
        Files.createSymbolicLink(config, original.resolve("config.json"));

        assertThatThrownBy(() -> parse(MODEL).checkpoint())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: must lie in ");
    }

    @Test
    void toString_withAToken_hasNoToken() {
        assertThat(parse(MODEL).toString()).doesNotContain(StubHub.TOKEN);
    }
}

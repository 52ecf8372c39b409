package dev.sublinear.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProfileTest {
    @TempDir
    private Path directory;

    private Path model = Path.of("");

    @BeforeEach
    void writeModel() {
        model = RandomCheckpoint.seeded(1).write(directory.resolve("model"));
    }

    private void write(int format, String fingerprint, String cache) throws IOException {
        Files.writeString(
                model.resolve(Profile.FILE),
                "{\"format\": " + format + ", \"model\": {\"fingerprint\": \"" + fingerprint + "\"}, \"cache\": {"
                        + cache + "}}");
    }

    private ServerConfig read(String... more) {
        Map<String, String> given = more.length == 0
                ? Map.of("model", model.toString())
                : Map.of("model", model.toString(), more[0], more[1]);
        return ConfigReader.read(given, Map.of());
    }

    @Test
    void read_modelWithItsProfile_usesItWhereNothingElseIsConfigured() throws IOException {
        write(1, Fingerprint.of(model), "\"budget\": \"fixed:300\", \"scorer\": \"recency\", \"recent-share\": 0.5");

        assertThat(read().engine().cache().policy().budget()).hasToString("fixed:300");
        assertThat(read().engine().cache().policy().protection().recentShare()).isEqualTo(0.5);
        assertThat(read("cache.budget", "fixed:400").engine().cache().policy().budget())
                .hasToString("fixed:400");
        assertThat(read("cache.budget", "fixed:400")
                        .engine()
                        .cache()
                        .policy()
                        .scorer()
                        .name())
                .isEqualTo("recency");
        assertThat(Profile.beside(model, () -> Fingerprint.of(model))
                        .orElseThrow()
                        .describe())
                .isEqualTo("kv-profile.json gives, where nothing else is configured: cache.budget fixed:300, "
                        + "cache.recent-share 0.5, cache.scorer recency");
    }

    @Test
    void read_profileOfAnotherModel_isRefused() throws IOException {
        write(1, "0123", "\"budget\": \"fixed:300\"");

        assertThatThrownBy(() -> read())
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("kv-profile.json was calibrated for another model: model.fingerprint must be ")
                .hasMessageEndingWith(", was \"0123\"; calibrate again, or remove the file");
    }

    @Test
    void read_profileWithWhatIsNoKey_saysEveryFault() throws IOException {
        write(2, Fingerprint.of(model), "\"colour\": 1");

        assertThatThrownBy(() -> read())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("format must be 1, was 2")
                .hasMessageContaining(
                        "cache may have values for [budget, scorer, sinks, recent, recent-share, slack], had colour");
    }

    @Test
    void in_modelWithoutOne_isEmpty() {
        assertThat(Profile.beside(model, () -> Fingerprint.of(model))).isEmpty();
    }

    private Path file(String profile, String fingerprint) throws IOException {
        Path file = Files.writeString(directory.resolve("some.Q4_K_M.gguf"), "weights");
        Files.writeString(
                directory.resolve(profile),
                "{\"format\": 1, \"model\": {\"fingerprint\": \"" + fingerprint
                        + "\"}, \"cache\": {\"budget\": \"fixed:300\"}}");
        return file;
    }

    @Test
    void beside_fileWithAProfileOfItsName_usesIt() throws IOException {
        Path file = file("some.Q4_K_M.kv-profile.json", "0123");

        assertThat(Profile.beside(file, () -> "0123").orElseThrow().cache()).containsEntry("cache.budget", "fixed:300");
        assertThatThrownBy(() -> Profile.beside(file, () -> "4567")).isInstanceOf(ConfigException.class);
    }

    /** A directory may hold several models in files. */
    @Test
    void beside_fileWithAProfileOfItsDirectory_usesItIfItIsItsOwn() throws IOException {
        Path file = file("kv-profile.json", "0123");

        assertThat(Profile.beside(file, () -> "0123")).isPresent();
        assertThat(Profile.beside(file, () -> "4567")).isEmpty();
    }
}

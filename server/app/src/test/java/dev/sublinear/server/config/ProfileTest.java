package dev.sublinear.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.settings.ProfilePlace;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    private ProfilePlace place(Path checkpoint) {
        return new ProfilePlace(checkpoint, directory.resolve("profiles"));
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
        assertThat(Profile.at(place(model), () -> Fingerprint.of(model))
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
        write(4, Fingerprint.of(model), "\"colour\": 1");

        assertThatThrownBy(() -> read())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("format must be from 1 to 3, was 4")
                .hasMessageContaining(
                        "cache may have values for [budget, scorer, sinks, recent, recent-share, slack], had colour");
    }

    @Test
    void in_modelWithoutOne_isEmpty() {
        assertThat(Profile.at(place(model), () -> Fingerprint.of(model))).isEmpty();
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

        assertThat(Profile.at(place(file), () -> "0123").orElseThrow().cache())
                .containsEntry("cache.budget", "fixed:300");
        assertThatThrownBy(() -> Profile.at(place(file), () -> "4567")).isInstanceOf(ConfigException.class);
    }

    /** A directory may hold several models in files. */
    @Test
    void beside_fileWithAProfileOfItsDirectory_usesItIfItIsItsOwn() throws IOException {
        Path file = file("kv-profile.json", "0123");

        assertThat(Profile.at(place(file), () -> "0123")).isPresent();
        assertThat(Profile.at(place(file), () -> "4567")).isEmpty();
    }

    private void writeLaws(String laws) throws IOException {
        Files.writeString(
                model.resolve(Profile.FILE),
                "{\"format\": 3, \"model\": {\"fingerprint\": \"" + Fingerprint.of(model)
                        + "\"}, \"cache\": {\"budget\": \"head-laws\"}, \"laws\": " + laws
                        + ", \"measured\": {\"date\": \"2026-11-30\"}}");
    }

    private static final String LAYER = "{\"alpha\": [4, 8.5], \"exponent\": [0.5, 1]}";

    @Test
    void read_profileWithLaws_givesEachHeadItsOwn_andOneKnobForAll() throws IOException {
        writeLaws("{\"floor\": 64, \"layers\": [" + LAYER + ", " + LAYER + "]}");

        BudgetSchedule budget = read().engine().cache().policy().budget();
        assertThat(budget.forHead(1, 1)).isEqualTo(new BudgetSchedule.PowerLaw(8.5, 1, 64));
        assertThat(read("cache.budget", "head-laws:scale=0.5")
                        .engine()
                        .cache()
                        .policy()
                        .budget()
                        .forHead(0, 0))
                .isEqualTo(new BudgetSchedule.PowerLaw(2, 0.5, 64));
        assertThat(read("cache.budget", "fixed:400").engine().cache().policy().budget())
                .hasToString("fixed:400");
    }

    @Test
    void read_profileWithWholeHeads_hasFewerOfThemAtASmallerScale() throws IOException {
        writeLaws(
                "{\"floor\": 64, \"layers\": [" + LAYER + ", " + LAYER
                        + "], \"whole\": [{\"layer\": 1, \"head\": 0, \"from\": 0.3}, {\"layer\": 0, \"head\": 1, \"from\": 0.8}]}");

        assertThat(laws("head-laws").wholeHeads()).isEqualTo(2);
        HeadLaws half = laws("head-laws:scale=0.5");
        assertThat(half.wholeHeads()).isEqualTo(1);
        assertThat(half.forHead(1, 0).evicts()).isFalse();
        assertThat(half.forHead(0, 1)).isEqualTo(new BudgetSchedule.PowerLaw(4.25, 1, 64));
    }

    private HeadLaws laws(String budget) {
        return (HeadLaws) read("cache.budget", budget).engine().cache().policy().budget();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"layers": []}                                                | .floor must be a whole number of tokens
                    {"floor": 64, "layers": []}                                   | .layers must be a list with an entry for each layer
                    {"floor": 64, "layers": [{"alpha": [1]}]}                     | .layers[0] must have alpha and exponent, lists
                    {"floor": 64, "layers": [{"alpha": ["a"], "exponent": [1]}]}  | .layers[0], head 0: alpha and exponent must be numbers
                    {"floor": 64, "layers": [{"alpha": [1], "exponent": [2]}]}    | .layers[0], head 0: budget.exponent must be in (0, 0.99999] or 1, was 2.0
                    {"floor": 64, "layers": [{"alpha": [1], "exponent": [1]}], "whole": [{"layer": 0, "head": 1, "from": 1}]} | .whole must have layer and head, counted from 0, of heads that have laws, had {"layer":0,"head":1,"from":1}
                    {"floor": 64, "layers": [{"alpha": [1], "exponent": [1]}], "whole": [{"layer": 0, "head": 0}]} | .whole must have from, a positive scale, had {"layer":0,"head":0}
                    {"floor": 64, "layers": [{"alpha": [1], "exponent": [1]}], "whole": [{"layer": 0, "head": 0, "from": 1}, {"layer": 0, "head": 0, "from": 1}]} | .whole must name a head once, had twice
                    {"floor": 64, "layers": [{"alpha": [1], "exponent": [1]}, {"alpha": [], "exponent": []}]} | head laws must be as many in each layer
                    """)
    void read_profileWithWrongLaws_saysWhere(String laws, String fault) throws IOException {
        writeLaws(laws);

        assertThatThrownBy(this::read).isInstanceOf(ConfigException.class).hasMessageContaining(fault);
    }

    @Test
    void read_lawsWithoutAProfile_areRefused() {
        assertThatThrownBy(() -> read("cache.budget", "head-laws"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("calibrate");
    }

    @Test
    void toWrite_isWithTheModel_orInTheDirectoryOfTheUserWhereThatCannotBeWritten() throws IOException {
        assertThat(place(model).toWrite("0123")).isEqualTo(model.resolve(Profile.FILE));

        ProfilePlace nowhere = place(directory.resolve("absent").resolve("some.gguf"));
        Path kept = nowhere.toWrite("0123");
        assertThat(kept).isEqualTo(directory.resolve("profiles/0123.kv-profile.json"));
        Files.writeString(
                kept,
                "{\"format\": 1, \"model\": {\"fingerprint\": \"0123\"}, \"cache\": {\"budget\": \"fixed:300\"}}");
        assertThat(Profile.at(nowhere, () -> "0123").orElseThrow().cache()).containsEntry("cache.budget", "fixed:300");
        assertThat(Profile.at(nowhere, () -> "4567")).isEmpty();
    }
}

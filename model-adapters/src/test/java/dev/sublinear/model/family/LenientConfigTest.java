package dev.sublinear.model.family;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.huggingface.TinyCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations that transformers loads with a warning, if any. */
final class LenientConfigTest {
    private static final String FILE = "generation_config.json";
    private static final GenerationDefaults NONE = new GenerationDefaults(1, 1, 0, 0, 1);

    @TempDir
    private Path directory;

    private final List<String> warnings = new ArrayList<>();

    private ModelConfig config(String config, String generation) {
        return new ModelConfig(
                StrictJson.parse("config.json", config.getBytes(StandardCharsets.UTF_8)),
                new LenientConfig(
                        FILE, StrictJson.parse(FILE, generation.getBytes(StandardCharsets.UTF_8)), warnings::add));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "top_k|-1|a whole number from 0 to 1048576",
                "top_k|20.5|a whole number from 0 to 1048576",
                "top_k|4294967296|a whole number from 0 to 1048576",
                "temperature|3.0|a number from 0.0 to 2.0",
                "temperature|\"0.7\"|a number from 0.0 to 2.0",
                "temperature|[0.7]|a number from 0.0 to 2.0",
                "repetition_penalty|0.0|a number from 0.01 to 10.0",
                "top_p|1.5|a number from 1.0E-6 to 1.0",
                "top_p|true|a number from 1.0E-6 to 1.0",
                "min_p|{}|a number from 0.0 to 1.0",
            })
    void generationDefaults_valueThatCannotBeMeant_countsAsAbsentWithAWarning(String key, String value, String rule) {
        GenerationDefaults defaults =
                config(CONFIG, "{\"" + key + "\":" + value + "}").generationDefaults();

        assertThat(defaults).isEqualTo(NONE);
        assertThat(warnings)
                .containsExactly(
                        FILE + ": \"" + key + "\" must be " + rule + ", was " + value + "; it counts as absent");
    }

    @Test
    void generationDefaults_oneWrongValue_leavesTheOthers() {
        assertThat(config(CONFIG, "{\"temperature\":\"0.7\",\"top_p\":0.5,\"top_k\":null}")
                        .generationDefaults())
                .isEqualTo(new GenerationDefaults(1, 0.5, 0, 0, 1));
        assertThat(warnings).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "5|5|",
                "-1|-1|",
                "99999|99999|",
                "4294967296|4294967296|",
                "2.0|2.0|",
                "{}|{}|",
                "\"</s>\"|\"</s>\"|",
                "[2,5]|5|2",
                "[3,null,9,9]|null|3",
            })
    void ids_thatTheVocabularyLacks_arePassedOverWithAWarning(String value, String wrong, String left) {
        List<Integer> ids = left == null ? List.of() : List.of(Integer.valueOf(left));
        String rule =
                ": \"eos_token_id\" must be a token below \"vocab_size\" 5, was " + wrong + "; it counts as absent";
        String both = "{\"eos_token_id\":" + value + "}";

        assertThat(config(both, "{}").stopIds(5)).containsExactlyElementsOf(ids);
        assertThat(config("{}", both).stopIds(5)).containsExactlyElementsOf(ids);
        assertThat(warnings).containsExactly("config.json" + rule, FILE + rule);
        assertThat(config("{\"bos_token_id\":" + value + "}", "{}").bosId(5).isPresent())
                .isEqualTo(!ids.isEmpty());
    }

    @Test
    void ids_thatAreAbsentOrNull_areNone() {
        ModelConfig config = config("{\"eos_token_id\":null}", "{\"eos_token_id\":[]}");

        assertThat(config.stopIds(5)).isEmpty();
        assertThat(config.bosId(5)).isEmpty();
        assertThat(warnings).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"top_k\":1,\"top_k\":2}", "{\"top_p\":NaN}", "null"})
    void read_fileThatIsNoJsonObject_countsAsAbsentWithAWarning(String content) {
        TinyCheckpoint.put(directory, FILE, content);

        LenientConfig hints = LenientConfig.read(CheckpointFiles.of(directory), FILE, 1_000, warnings::add);

        assertThat(hints.json()).isEmpty();
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0)).startsWith(FILE + ": ").endsWith("; the file counts as absent");
    }

    @Test
    void read_missingFile_saysNothing() {
        assertThat(LenientConfig.read(CheckpointFiles.of(directory), FILE, 1_000, warnings::add)
                        .json())
                .isEmpty();
        assertThat(warnings).isEmpty();
    }
}

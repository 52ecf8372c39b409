package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.family.KnownShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelSourceTest {
    private static ModelSource parse(String text) {
        return ModelSource.parse(text, Map.of());
    }

    @Test
    void parse_eachKind_isTaken() {
        assertThat(parse("/models/mine")).isEqualTo(new CheckpointSource(Path.of("/models/mine"), "mine"));
        assertThat(parse("/models/mine.Q4_K_M.gguf"))
                .isEqualTo(new CheckpointSource(Path.of("/models/mine.Q4_K_M.gguf"), "mine.Q4_K_M"));
        assertThat(parse("/models/mine-Q8_0-00001-of-00003.gguf").name()).isEqualTo("mine-Q8_0");
        assertThat(parse("./stub:")).isInstanceOf(CheckpointSource.class);
        assertThat(parse("random:smollm2-135m")).isEqualTo(new RandomSource(KnownShape.SMOLLM2_135M));
        assertThat(parse("stub:")).isEqualTo(new StubSource(Double.POSITIVE_INFINITY, 8192, 260));
        assertThat(parse("stub:vocabulary=1000,tokens-per-second=2.5,context=64"))
                .isEqualTo(new StubSource(2.5, 64, 1000));
    }

    @Test
    void toString_parsed_isTheSame() {
        for (String text :
                new String[] {"random:llama-3.2-1b", "stub:tokens-per-second=7.0,context=2,vocabulary=260"}) {
            assertThat(parse(text)).hasToString(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stub:speed=3 | stub: takes key=value with keys of [context, tokens-per-second, vocabulary], was speed=3",
                "stub:context | stub: takes key=value with keys of [context, tokens-per-second, vocabulary], was context",
                "stub:context=9, | stub: takes key=value with keys of [context, tokens-per-second, vocabulary], was ",
                "stub:context=9,context=9 | stub: takes each key once, was context",
                "stub:context=many | stub: context must be a number, was \"many\"",
                "stub:tokens-per-second=0 | tokens-per-second must be at least 0.001, was 0.0",
                "stub:tokens-per-second=NaN | tokens-per-second must be at least 0.001, was NaN",
                "stub:context=1 | context must be from 2 to 1048576, was 1",
                "stub:vocabulary=259 | vocabulary must be from 260 to 262144, was 259",
                "random:gpt-5 | the shape of random:gpt-5 must be one of smollm2-135m",
            })
    void parse_whatCannotBe_isNamed(String text, String complaint) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void parse_nameOfTheBundledModel_isThatModel() {
        assertThat(ModelSource.parse("smollm2-135m-instruct", Map.of())).isEqualTo(ModelSource.bundled());
    }

    @Test
    void checkpoint_ofWhatHasNone_isRefused() {
        assertThatThrownBy(() -> parse("random:smollm2-135m").checkpoint())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must be a checkpoint here, was random:smollm2-135m");
    }

    @Test
    void checkpoint_directoryOfGgufsAlone_isToldWhichFileToName(@TempDir Path directory) throws IOException {
        Files.createFile(directory.resolve("README.md"));
        Path first = Files.createFile(directory.resolve("a.Q4_1.gguf"));
        Files.createFile(directory.resolve("b.Q8_0.gguf"));

        assertThatThrownBy(() -> parse(directory.toString()).checkpoint())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        directory + ": has no config.json, but GGUF files: name one of them, such as " + first);
    }
}

package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GgufChoiceTest {
    private static final List<String> REPOSITORY = List.of(
            "README.md",
            "mmproj-model-F16.gguf",
            "model-IQ4_XS.gguf",
            "model-Q4_K.gguf",
            "model-Q4_K_M.gguf",
            "model.q5_0.GGUF",
            "model_Q6_K.gguf",
            "BF16/model-BF16-00001-of-00002.gguf",
            "BF16/model-BF16-00002-of-00002.gguf",
            "Q2_K/model-00001-of-00001.gguf",
            "F16.gguf");

    private static List<RepoFile> files(List<String> paths) {
        return paths.stream()
                .map(path -> new RepoFile(path, 1, "0".repeat(40), "", ""))
                .toList();
    }

    private static List<String> chosen(String part, List<String> paths) {
        return GgufChoice.of(HubName.parse("org/name:" + part), files(paths)).stream()
                .map(RepoFile::path)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "Q4_K_M,model-Q4_K_M.gguf",
        "q4_k_m,model-Q4_K_M.gguf",
        "Q4_K,model-Q4_K.gguf",
        "IQ4_XS,model-IQ4_XS.gguf",
        "Q5_0,model.q5_0.GGUF",
        "Q6_K,model_Q6_K.gguf",
        "Q2_K,Q2_K/model-00001-of-00001.gguf",
        "F16,F16.gguf",
        "bf16,BF16/model-BF16-00001-of-00002.gguf BF16/model-BF16-00002-of-00002.gguf",
        "BF16/model-BF16-00001-of-00002.gguf,BF16/model-BF16-00001-of-00002.gguf BF16/model-BF16-00002-of-00002.gguf",
        "BF16/model-BF16-00002-of-00002.gguf,BF16/model-BF16-00001-of-00002.gguf BF16/model-BF16-00002-of-00002.gguf",
        "model-q4_k.gguf,model-Q4_K.gguf",
        "mmproj-model-F16.gguf,mmproj-model-F16.gguf",
    })
    void of_nameOrQuantisation_isTheOneThatIsMeant(String part, String files) {
        assertThat(chosen(part, REPOSITORY)).isEqualTo(Arrays.asList(files.split(" ", -1)));
    }

    @ParameterizedTest
    @CsvSource({"Q4_XS", "Q8_0", "model", "other.gguf"})
    void of_whatIsNotThere_listsWhatIs(String part) {
        assertThatThrownBy(() -> chosen(part, List.of("model-IQ4_XS.gguf", "model-Q4_K_M.gguf", "models-Q4_0.gguf")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("org/name:" + part + ": has ")
                .hasMessageEndingWith(
                        "take one of org/name:model-IQ4_XS.gguf, org/name:model-Q4_K_M.gguf, org/name:models-Q4_0.gguf");
    }

    @Test
    void of_ambiguous_listsWhatThereIs() {
        assertThatThrownBy(() -> chosen("Q4_K_M", List.of("a-Q4_K_M.gguf", "a-UD-Q4_K_M.gguf")))
                .hasMessage("org/name:Q4_K_M: has more than one GGUF of that name; take one of org/name:a-Q4_K_M.gguf,"
                        + " org/name:a-UD-Q4_K_M.gguf");
        assertThat(chosen("UD-Q4_K_M", List.of("a-Q4_K_M.gguf", "a-UD-Q4_K_M.gguf")))
                .containsExactly("a-UD-Q4_K_M.gguf");
    }

    @Test
    void of_noGguf_saysSo() {
        assertThatThrownBy(() -> chosen("Q4_K_M", List.of("model.safetensors")))
                .hasMessage("org/name:Q4_K_M: has no GGUF");
    }

    @Test
    void of_splitWithoutAPart_isRefused() {
        assertThatThrownBy(() -> chosen("Q8_0", List.of("a-Q8_0-00001-of-00003.gguf", "a-Q8_0-00003-of-00003.gguf")))
                .hasMessage(
                        "org/name:Q8_0: must have 3 parts by their names, has 2, the first a-Q8_0-00001-of-00003.gguf");
    }
}

package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HubSettingsTest {
    @TempDir
    private Path directory;

    @Test
    void of_emptyEnvironment_isThePublicHub() {
        HubSettings settings = HubSettings.of(Map.of("HOME", "/home/x"));

        assertThat(settings.endpoint()).hasToString("https://huggingface.co");
        assertThat(settings.cache()).isEqualTo(Path.of("/home/x/.cache/huggingface/hub"));
        assertThat(settings.token()).isEqualTo(new HubToken("", Path.of("/home/x/.cache/huggingface/token"), true));
        assertThat(settings.offline()).isFalse();
        assertThat(settings.answerTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.downloadTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HUB_CACHE=/a HUGGINGFACE_HUB_CACHE=/b HF_HOME=/c XDG_CACHE_HOME=/d, /a",
        "HUGGINGFACE_HUB_CACHE=/b HF_HOME=/c XDG_CACHE_HOME=/d, /b",
        "HF_HOME=/c XDG_CACHE_HOME=/d, /c/hub",
        "HF_HOME=~/c, /home/x/c/hub",
        "XDG_CACHE_HOME=/d, /d/huggingface/hub",
        "HF_HUB_CACHE= , /home/x/.cache/huggingface/hub",
    })
    void of_placesOfTheCache_oneWinsOverTheNext(String variables, String cache) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of("HOME", "/home/x"));
        for (String variable : variables.split(" ", -1)) {
            environment.put(variable.split("=", 2)[0], variable.split("=", 2)[1]);
        }

        assertThat(HubSettings.of(environment).cache()).isEqualTo(Path.of(cache));
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HUB_OFFLINE,1,true",
        "HF_HUB_OFFLINE,on,true",
        "HF_HUB_OFFLINE,Yes,true",
        "TRANSFORMERS_OFFLINE,TRUE,true",
        "HF_HUB_OFFLINE,0,false",
        "HF_HUB_OFFLINE,'',false",
        "TRANSFORMERS_OFFLINE,maybe,false",
    })
    void of_offline_isWhatPythonTakesForTrue(String variable, String value, boolean offline) {
        assertThat(HubSettings.of(Map.of(variable, value)).offline()).isEqualTo(offline);
    }

    @Test
    void of_mirrorAndTimeouts_areTaken() {
        HubSettings settings = HubSettings.of(Map.of(
                "HF_ENDPOINT", "http://mirror.example:8080/hub//",
                "HF_HUB_ETAG_TIMEOUT", "2.5",
                "HF_HUB_DOWNLOAD_TIMEOUT", "60"));

        assertThat(settings.endpoint()).hasToString("http://mirror.example:8080/hub");
        assertThat(settings.answerTimeout()).isEqualTo(Duration.ofMillis(2500));
        assertThat(settings.downloadTimeout()).isEqualTo(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @CsvSource({
        "HF_ENDPOINT,file:///etc",
        "HF_ENDPOINT,mirror.example",
        "HF_ENDPOINT,https://user:secret@mirror.example",
        "HF_ENDPOINT,https://mirror.example?x=1",
        "HF_ENDPOINT,https://mirror example",
        "HF_HUB_ETAG_TIMEOUT,soon",
        "HF_HUB_DOWNLOAD_TIMEOUT,0",
        "HF_HUB_DOWNLOAD_TIMEOUT,-1",
        "HF_HUB_DOWNLOAD_TIMEOUT,NaN",
        "HF_HUB_DOWNLOAD_TIMEOUT,1e9",
    })
    void of_wrongValue_namesTheVariable(String variable, String value) {
        assertThatThrownBy(() -> HubSettings.of(Map.of(variable, value)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(variable + ": must be ")
                .hasMessageContaining("was ");
    }

    @Test
    void token_inVariableAndFile_theVariableWins() throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "hf_file\n");
        Map<String, String> both = Map.of("HF_TOKEN", " hf_variable ", "HF_TOKEN_PATH", file.toString());

        assertThat(HubSettings.of(both).token().read()).contains("hf_variable");
        assertThat(HubSettings.of(Map.of("HF_TOKEN_PATH", file.toString()))
                        .token()
                        .read())
                .contains("hf_file");
        assertThat(HubSettings.of(Map.of("HF_HOME", directory.toString()))
                        .token()
                        .read())
                .contains("hf_file");
        assertThat(HubSettings.of(Map.of("HF_TOKEN", "x", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"))
                        .token()
                        .read())
                .isEmpty();
        assertThat(HubSettings.of(Map.of("HF_HOME", "/nowhere")).token().read()).isEmpty();
    }

    @Test
    void token_whatNoHeaderMayHold_isRefusedWithoutBeingTold() {
        assertThatThrownBy(() ->
                        HubSettings.of(Map.of("HF_TOKEN", "hf_sec ret")).token().read())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("HF_TOKEN: must hold a token")
                .hasMessageNotContaining("hf_sec");
    }

    @Test
    void toString_settingsWithAToken_hasNoToken() {
        assertThat(HubSettings.of(Map.of("HF_TOKEN", "hf_secret")).toString()).doesNotContain("hf_secret");
    }
}

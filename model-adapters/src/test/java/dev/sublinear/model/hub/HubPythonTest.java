package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cache is shared with Hugging Face's own client, where SUBLINEAR_PYTHON names a Python that has it. */
final class HubPythonTest extends HubTestCase {
    private static final Path SCRIPT = Path.of("src/test/python/hub_interop.py");
    private static final String[] FILES = {"config.json", "tokenizer.json", "model.safetensors"};

    private static String python() {
        return System.getenv().getOrDefault("SUBLINEAR_PYTHON", "");
    }

    @BeforeEach
    void requirePython() throws Exception {
        assumeTrue(!python().isEmpty(), "SUBLINEAR_PYTHON names no Python");
        Process process = new ProcessBuilder(python(), "-c", "import huggingface_hub")
                .redirectErrorStream(true)
                .start();
        assumeTrue(process.waitFor() == 0, python() + " lacks src/test/python/requirements.txt");
    }

    private List<String> python(String command, String name, Map<String, String> also) throws IOException {
        List<String> line = new ArrayList<>(List.of(python(), SCRIPT.toString(), command, name));
        line.addAll(List.of(FILES));
        ProcessBuilder builder = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(stub.environment(cache()));
        builder.environment().putAll(more);
        builder.environment().putAll(also);
        Process process = builder.start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    @Test
    void fetch_byJava_isReadByPythonOffline() throws IOException {
        Path snapshot = fetched();
        stub.forget();

        assertThat(python("read", MODEL, Map.of("HF_HUB_OFFLINE", "1"))).containsExactly(snapshot.toString());
        assertThat(stub.told()).isEmpty();
    }

    @Test
    void fetch_byJava_sparesPythonTheFiles() throws IOException {
        Path snapshot = fetched();
        stub.forget();

        assertThat(python("fetch", MODEL, Map.of())).containsExactly(snapshot.toString());
        assertThat(stub.told()).noneMatch(told -> told.contains("/tree/") || told.contains("/resolve/"));
    }

    @Test
    void fetch_byPython_isTakenByJavaOffline() throws IOException {
        List<String> told = python("fetch", MODEL, Map.of());
        stub.forget();
        more.put("HF_HUB_OFFLINE", "1");

        assertThat(told).containsExactly(fetched().toString());
        assertThat(stub.told()).isEmpty();
        assertThat(hub().models())
                .singleElement()
                .satisfies(model -> assertThat(model.format()).isEqualTo(CachedModel.Format.SAFETENSORS));
    }

    @Test
    void fetch_byPythonInPart_isCompletedByJava() throws IOException {
        python("fetch", MODEL, Map.of());
        Files.delete(repository().resolve("snapshots/" + COMMIT + "/model.safetensors"));
        Files.delete(repository().resolve("blobs/" + StubHub.hash("SHA-256", WEIGHTS)));
        stub.forget();

        fetched();

        assertThat(stub.told()).hasSize(4);
        assertThat(python("read", MODEL, Map.of("HF_HUB_OFFLINE", "1"))).hasSize(1);
    }
}

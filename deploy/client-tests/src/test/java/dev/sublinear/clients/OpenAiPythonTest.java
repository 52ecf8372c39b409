package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The {@code openai} package of PyPI: {@code python/client.py} is what runs, by the interpreter that SUBLINEAR_PYTHON
 * names.
 */
final class OpenAiPythonTest {
    private static final String PYTHON = System.getenv().getOrDefault("SUBLINEAR_PYTHON", "python3");

    @Test
    void client_everythingItDoes_works() throws Exception {
        assumeTrue(
                OpenAiNodeTest.runs(PYTHON, "-c", "import openai"),
                "pip install -r deploy/client-tests/python/requirements.txt, with SUBLINEAR_PYTHON's pip");

        Process process = new ProcessBuilder(
                        PYTHON,
                        Path.of("python", "client.py").toString(),
                        StartedServer.get().url() + "/v1",
                        StartedServer.KEY,
                        StartedServer.MODEL)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}

package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The {@code openai} package of npm: the scripts in {@code node} are what runs. */
final class OpenAiNodeTest {
    @ParameterizedTest
    @ValueSource(strings = {"client.mjs", "responses.mjs"})
    void client_everythingItDoes_works(String script) throws Exception {
        assumeTrue(
                Files.isDirectory(Path.of("node", "node_modules", "openai")),
                "npm ci --prefix deploy/client-tests/node");
        assumeTrue(runs("node", "--version"), "node is not installed");

        Process process = new ProcessBuilder(
                        "node",
                        Path.of("node", script).toString(),
                        StartedServer.get().url() + "/v1",
                        StartedServer.KEY,
                        StartedServer.MODEL)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }

    static boolean runs(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}

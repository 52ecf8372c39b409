package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Row G17 of the threats: a process of its own, and signals. */
final class SignalsTest {
    private static final String BODY =
            "{\"prompt\":\"It was a dark and stormy night\",\"max_tokens\":MANY,\"ignore_eos\":true,\"stream\":true}";

    private static Process start() throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.sublinear.server.cli.Sublinear",
                        "serve",
                        "--port=0",
                        "--access-log=off",
                        "--drain-timeout=5m"))
                .redirectErrorStream(true)
                .start();
    }

    private static String awaitLine(BufferedReader lines, String beginning) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(beginning)) {
                return line;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("no line begins with " + beginning + ":\n" + said);
    }

    @Test
    void sigterm_streamsInProgress_endBeforeTheProcessAndASecondDoesNotWait() throws Exception {
        for (boolean second : new boolean[] {false, true}) {
            Process process = start();
            try (BufferedReader lines = new BufferedReader(
                            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(lines))) {
                String body = BODY.replace("MANY", second ? "8000" : "300");
                socket.getOutputStream()
                        .write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.UTF_8));
                BufferedReader events =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                awaitLine(events, "data: ");
                process.toHandle().destroy(); // SIGTERM; the process's own method would close the pipes, too
                awaitLine(lines, "sublinear: ending; a second signal ends it at once");
                if (second) {
                    process.toHandle().destroy();
                } else {
                    awaitLine(events, "data: [DONE]");
                }
                assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
                assertThat(process.exitValue()).isEqualTo(second ? 143 : 0);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static int port(BufferedReader lines) throws IOException {
        String line = awaitLine(lines, "sublinear: listening on ");
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }
}

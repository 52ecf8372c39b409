package dev.sublinear.server.cli.serve;

import static dev.sublinear.server.cli.ServeProcess.awaitLine;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.ServeProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Row G17 of the threats: a process of its own, and signals. */
final class SignalsTest {
    private static final String BODY =
            "{\"prompt\":\"It was a dark and stormy night\",\"max_tokens\":MANY,\"ignore_eos\":true,\"stream\":true}";

    @Test
    void sigterm_streamsInProgress_endBeforeTheProcessAndASecondDoesNotWait() throws Exception {
        for (boolean second : new boolean[] {false, true}) {
            try (ServeProcess server = ServeProcess.start("--drain-timeout=5m");
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                String body = BODY.replace("MANY", second ? "8000" : "300");
                socket.getOutputStream()
                        .write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.UTF_8));
                BufferedReader events =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                awaitLine(events, "data: ");
                server.terminate();
                server.awaitLine("sublinear: ending; a second signal ends it at once");
                if (second) {
                    server.terminate();
                } else {
                    awaitLine(events, "data: [DONE]");
                }
                assertThat(server.await()).isEqualTo(second ? 143 : 0);
            }
        }
    }
}

package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Row H6 of the threats: clients that take their time. */
final class SlowClientsTest {
    private static final String HOST = "Host: localhost\r\n";

    @Test
    void h6_requestThatTakesTooLong_is408EvenIfItTrickles() throws IOException {
        try (TestServer impatient = TestServer.impatient(ScriptedModel.repeating("x "), Duration.ofMillis(200));
                Socket socket = impatient.connect()) {
            Thread trickle = new Thread(() -> trickle(socket));
            trickle.start();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            trickle.interrupt();

            assertThat(answer).startsWith("HTTP/1.1 408 ").contains("\"code\":\"request_timeout\"");
        }
    }

    @SuppressWarnings("ThreadSleep")
    private static void trickle(Socket socket) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write('a');
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            return; // the server has closed, or the test is over
        }
    }

    @Test
    void h6_bodyThatTakesTooLong_is408() throws IOException {
        try (TestServer impatient = TestServer.impatient(ScriptedModel.repeating("x "), Duration.ofMillis(200))) {
            assertThat(impatient.exchange("POST /v1/completions HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\n{"))
                    .startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void h6_connectionThatIdles_isClosedWithoutAWord() throws IOException {
        try (TestServer hurrying = TestServer.hurryingIdlers(ScriptedModel.repeating("x "), Duration.ofMillis(200))) {
            assertThat(hurrying.exchange("")).isEmpty();
        }
    }
}

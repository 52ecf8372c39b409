package dev.sublinear.server.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.server.cli.ServeProcess;
import dev.sublinear.server.cli.Sublinear;
import dev.sublinear.server.http.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows G16 and G17 of the threats: what is written and nobody takes. */
@Tag("slow")
final class OutputThreatsTest {
    private static final String STUB = "--model=stub:tokens-per-second=20";
    private static final Pattern LOST = Pattern.compile("(?m)^sublinear_log_lines_lost_total\\S* (\\S+)$");
    private static final int REQUESTS = 1_000;
    private static final String LONG = "a".repeat(256); // of each, the line of the log is longer

    @TempDir
    private Path directory;

    private static List<String> shell(String redirected) {
        return List.of("bash", "-c", "exec \"$@\" " + redirected, "bash");
    }

    private static RawClient connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Duration.ofMinutes(2).toMillis());
        return new RawClient(socket);
    }

    private static String get(RawClient client, String path) throws IOException {
        client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + LONG + "\r\n\r\n");
        RawClient.Reply reply = client.read();
        assertThat(reply.status()).isEqualTo(200);
        return reply.body();
    }

    private static void fillThePipe(int port) throws IOException {
        try (RawClient client = connect(port)) {
            for (int i = 0; i < REQUESTS; i++) {
                get(client, "/health/live");
            }
        }
    }

    @Test
    void g17_standardOutputIsAPipeThatNobodyReads_sigtermEndsTheProcess() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (ServeProcess server =
                ServeProcess.start(Sublinear.class, shell("1<>" + pipe), List.of(), STUB, "--access-log=stdout")) {
            fillThePipe(server.port());
            server.terminate();
            assertThat(server.await()).isZero();
        }
    }

    @Test
    void g17_allOutputIsOnePipeThatNobodyReads_aSignalEndsTheProcessAndASecondAtOnce() throws Exception {
        for (boolean second : new boolean[] {false, true}) {
            try (ServeProcess server = ServeProcess.start(STUB, "--access-log=stdout", "--drain-timeout=5m")) {
                int port = server.port();
                fillThePipe(port);
                try (RawClient streaming = connect(port)) {
                    if (second) {
                        streaming.post(
                                "/v1/completions",
                                "{\"prompt\":[1],\"max_tokens\":4000,\"ignore_eos\":true,\"stream\":true}");
                        streaming.head();
                        server.terminate();
                        awaitDraining(port);
                    }
                    server.terminate();
                    assertThat(server.await()).isEqualTo(second ? 143 : 0);
                }
            }
        }
    }

    private static void awaitDraining(int port) {
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            try (RawClient client = connect(port)) {
                client.send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
                return client.read().status() == 503;
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {">/dev/full", "> >(exit)"})
    void g16_linesThatStandardOutputDoesNotTake_areCounted(String redirected) throws Exception {
        try (ServeProcess server =
                ServeProcess.start(Sublinear.class, shell(redirected), List.of(), STUB, "--access-log=stdout")) {
            try (RawClient client = connect(server.port())) {
                for (int i = 0; i < 20; i++) {
                    get(client, "/health/live");
                }
                await().atMost(Duration.ofMinutes(1)).until(() -> lost(get(client, "/metrics")) >= 20);
            }
            server.awaitLineWith("The access log cannot be written");
        }
    }

    private static double lost(String metrics) {
        Matcher matcher = LOST.matcher(metrics);
        assertThat(matcher.find()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void g16_answerThatStandardOutputDoesNotTake_isAFailureOfTheCommand() throws Exception {
        try (ServeProcess command = ServeProcess.run(
                Sublinear.class, shell(">/dev/full"), List.of(), List.of("generate", "x", STUB, "--max-tokens=3"))) {
            command.awaitLine("sublinear: standard output did not take all that was written to it");
            assertThat(command.await()).isEqualTo(1);
        }
    }
}

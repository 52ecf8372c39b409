package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.server.http.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rows H9 and G9 of the threats, which need a process of its own: no descriptors left, and who is called. */
final class ServeThreatsTest {
    private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String GOLDEN_REQUEST =
            "{\"prompt\":\"It was a dark and stormy night\",\"max_tokens\":8,\"temperature\":0}";

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Duration.ofMinutes(2).toMillis());
        return socket;
    }

    private static String golden(RawClient client) throws IOException {
        RawClient.Reply reply = client.ask("/v1/completions", GOLDEN_REQUEST);
        assertThat(reply.status()).isEqualTo(200);
        return reply.body().replaceFirst(".*\"text\":\"(.*?)\".*", "$1");
    }

    @Test
    void h9_noDescriptorLeft_serversWhoAreThereAndGoesOnAfterwards() throws Exception {
        try (ServeProcess server = ServeProcess.start()) {
            int port = server.port();
            try (RawClient control = new RawClient(connect(port))) {
                String expected = golden(control);
                long open = descriptors(server);
                limit(server, open + 4);
                List<Socket> flood = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    flood.add(connect(port)); // the kernel's queue takes them; accept fails
                }
                await().atMost(Duration.ofMinutes(1)).until(() -> descriptors(server) >= open + 4);
                for (int i = 0; i < 5; i++) {
                    assertThat(golden(control)).isEqualTo(expected);
                    control.send(LIVE);
                    assertThat(control.read().status()).isEqualTo(200);
                }
                for (Socket socket : flood) {
                    socket.close();
                }
                limit(server, open + 100);
                try (RawClient next = new RawClient(connect(port))) {
                    assertThat(golden(next)).as("accepting goes on").isEqualTo(expected);
                }
                await().atMost(Duration.ofMinutes(1)).until(() -> descriptors(server) <= open + 2);
            }
        }
    }

    @Test
    void h9_lowLimitOfOpenFiles_turnsConnectionsAwayBeforeThereIsNoDescriptor() throws Exception {
        try (ServeProcess server = ServeProcess.start(Sublinear.class, List.of("prlimit", "--nofile=400"), List.of())) {
            int port = server.port();
            try (RawClient control = new RawClient(connect(port))) {
                String expected = golden(control);
                List<Socket> flood = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    flood.add(connect(port));
                }
                Socket last = flood.get(flood.size() - 1);
                assertThat(new String(last.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 503 ")
                        .contains("\"server_overloaded\"");
                assertThat(descriptors(server)).isLessThan(400 - 20);
                assertThat(golden(control)).isEqualTo(expected);
                for (Socket socket : flood) {
                    socket.close();
                }
            }
        }
    }

    private static long descriptors(ServeProcess server) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + server.process().pid() + "/fd"))) {
            return open.count();
        }
    }

    private static void limit(ServeProcess server, long descriptors) throws Exception {
        String pid = Long.toString(server.process().pid());
        Process prlimit = new ProcessBuilder("prlimit", "--pid", pid, "--nofile=" + descriptors + ":").start();
        assertThat(prlimit.waitFor()).isZero();
    }

    /** All that Java would connect to from there goes by way of a proxy that only listens. */
    @Test
    void g9_requestsFullOfAddresses_makeTheServerCallNobody() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread listening = new Thread(() -> count(proxy, calls), "proxy");
            listening.start();
            List<String> options = List.of(
                    "-DsocksProxyHost=127.0.0.1", "-DsocksProxyPort=" + proxy.getLocalPort(), "-DsocksNonProxyHosts=");
            try (ServeProcess calling = ServeProcess.start(Calling.class, List.of(), options)) {
                calling.awaitLine("called");
                await().atMost(Duration.ofMinutes(1)).until(() -> calls.get() > 0);
            }
            calls.set(0);
            try (ServeProcess server = ServeProcess.start(Sublinear.class, List.of(), options);
                    RawClient client = new RawClient(connect(server.port()))) {
                String url = "http://127.0.0.1:9/x and https://example.com/a.png ![](http://169.254.169.254/)";
                golden(client);
                String message =
                        "{\"messages\":[{\"role\":\"user\",\"content\":%s}],\"max_tokens\":2,\"temperature\":0%s}";
                assertThat(chat(client, message, "\"" + url + "\"", "")).isEqualTo(200);
                assertThat(chat(
                                client,
                                message,
                                "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://example.com/a.png\"}}]",
                                ""))
                        .isEqualTo(400);
                assertThat(chat(
                                client,
                                message,
                                "\"a\"",
                                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":"
                                        + "{\"$ref\":\"http://example.com/schema.json\"}}}"))
                        .isEqualTo(400);
                assertThat(client.ask("/v1/tokenize", "{\"prompt\":\"" + url + "\"}")
                                .status())
                        .isEqualTo(200);
            }
            assertThat(calls).hasValue(0);
        }
    }

    private static int chat(RawClient client, String message, String content, String more) throws IOException {
        return client.ask("/v1/chat/completions", message.formatted(content, more))
                .status();
    }

    private static void count(ServerSocket proxy, AtomicInteger calls) {
        try {
            while (true) {
                proxy.accept().close();
                calls.incrementAndGet();
            }
        } catch (IOException e) {
            return; // the test is over
        }
    }

    /** Shows that a call would be heard. */
    static final class Calling {
        private Calling() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] args) {
            try (Socket socket = new Socket("192.0.2.1", 80)) {
                System.out.println("called: " + socket);
            } catch (IOException e) {
                System.out.println("called: " + e);
            }
        }
    }
}

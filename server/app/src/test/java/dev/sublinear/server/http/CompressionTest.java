package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.threats.Leftovers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Row H3 of the threats: bodies that are small until they are inflated. */
final class CompressionTest {
    private static final int INFLATED = 64 << 20;
    private static final List<String> CODINGS =
            List.of("gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip", "snappy", "identity, gzip", "");

    @Test
    void h3_compressedBodies_areRefusedWithoutInflatingThem() throws IOException {
        byte[] bomb = Arrays.copyOf(gzipped(), TestServer.MAX_BODY); // what fits would become 20 MB
        try (TestServer server = TestServer.start(ScriptedModel.repeating("x "))) {
            try (RawClient first = new RawClient(server.connect())) {
                first.ask("/v1/completions", "{\"prompt\":[1],\"max_tokens\":1}"); // so that every thread has begun
            }
            Leftovers before = Leftovers.before(server);
            long direct = HttpServer.directBytes();
            long allocated = allocated();
            for (String coding : CODINGS) {
                try (RawClient client = new RawClient(server.connect())) {
                    client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: " + coding
                            + "\r\nContent-Length: " + bomb.length + "\r\n\r\n");
                    client.send(bomb);
                    RawClient.Reply reply = client.read();
                    assertThat(reply.status()).as(coding).isEqualTo(415);
                    assertThat(reply.body()).contains("\"code\":\"unsupported_encoding\"");
                    assertThat(reply.closes()).isFalse();
                }
            }
            assertThat(allocated() - allocated).isLessThan(INFLATED / 8);
            assertThat(HttpServer.directBytes() - direct).isLessThanOrEqualTo(8L << 20);
            before.requireNone(0);
        }
    }

    private static byte[] gzipped() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(new byte[INFLATED]);
        }
        return bytes.toByteArray();
    }

    /** What the threads of servers in this process have ever allocated on the heap. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("(http|tokenize).*"))
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getId()))
                .sum();
    }
}

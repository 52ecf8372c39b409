package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.http.connection.wire.StrictRequestDecoder;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows H1 and H21 of the threats: heads that never end, each line of which becomes objects many times as large. */
final class UnfinishedHeadsTest {
    private static final String HEAD = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    private static final InetSocketAddress MALLORY = new InetSocketAddress("192.0.2.1", 1);
    private static final InetSocketAddress ALICE = new InetSocketAddress("192.0.2.2", 1);
    private static final int LIMIT = 60_000;

    private final SharedMemory heads = new SharedMemory(LIMIT);

    private EmbeddedConnection from(InetSocketAddress client) {
        return EmbeddedConnection.from(client, exchange -> whole -> whole.reply("found"), heads);
    }

    /** What the server says to a head that has not ended. */
    private String unfinished(int headers) {
        try (EmbeddedConnection connection = from(MALLORY)) {
            connection.receive(HEAD + "a:\r\n".repeat(headers - 1));
            return connection.sent();
        }
    }

    @Test
    void h1_oneHeaderTooMany_isRefusedWhileTheHeadComes() {
        assertThat(unfinished(100)).isEmpty();
        assertThat(unfinished(101)).startsWith("HTTP/1.1 431 ").contains("nor more than 100");
    }

    @Test
    void h1_asManyHeadersAsMayBe_areRead() {
        try (EmbeddedConnection connection = from(ALICE)) {
            connection.receive(HEAD + "a:\r\n".repeat(99) + "\r\n");
            assertThat(connection.sent()).startsWith("HTTP/1.1 200 ");
            connection.receive(HEAD + "a:\r\n".repeat(99) + "\r\n");
            assertThat(connection.sent()).as("the next on the same connection").startsWith("HTTP/1.1 200 ");
            assertThat(heads.used()).isZero();
        }
    }

    @Test
    void h21_unfinishedHeadsOfOneAddress_leaveRoomForAnothers() {
        List<EmbeddedConnection> connections = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < 10; i++) {
            EmbeddedConnection connection = from(MALLORY);
            connections.add(connection);
            connection.receive(HEAD + "a:\r\n".repeat(90));
            refused += connection.sent().startsWith("HTTP/1.1 503 ") ? 1 : 0;
            assertThat(heads.used()).isLessThanOrEqualTo(LIMIT / 2);
        }
        assertThat(refused).as("those over its share").isEqualTo(8);

        try (EmbeddedConnection other = from(ALICE)) {
            other.receive(HEAD);
            other.receive("\r\n");
            assertThat(other.sent()).startsWith("HTTP/1.1 200 ");
        }
        connections.forEach(EmbeddedConnection::close);
        assertThat(heads.used()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000})
    void h21_headerThatGrows_countsAsItComes(int pieces) {
        try (EmbeddedConnection connection = from(MALLORY)) {
            connection.receive(HEAD + "a: ");
            for (int i = 0; i < pieces; i++) {
                connection.receive("b".repeat(5_000 / pieces));
            }
            assertThat(heads.used()).isGreaterThanOrEqualTo(4_990);
        }
    }

    @Test
    void h1_trailers_areCheckedAndNotKept() {
        assertThat(trailers("a: 1\r\n".repeat(500))).isEmpty();
        assertThat(trailers("a b: 1\r\n")).as("a wrong name").isEqualTo("refused");
    }

    /** The names of the headers after a chunked body that the decoder keeps. */
    private static String trailers(String sent) {
        EmbeddedChannel channel = new EmbeddedChannel(new StrictRequestDecoder(new SharedMemory(LIMIT).of("")));
        channel.writeInbound(Unpooled.copiedBuffer(
                "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + sent + "\r\n",
                StandardCharsets.US_ASCII));
        String kept = "none came";
        for (HttpObject part = channel.readInbound(); part != null; part = channel.readInbound()) {
            if (part.decoderResult().isFailure()) {
                kept = "refused";
            } else if (part instanceof LastHttpContent last) {
                kept = String.join(",", last.trailingHeaders().names());
            }
            ReferenceCountUtil.release(part);
        }
        channel.finishAndReleaseAll();
        return kept;
    }
}

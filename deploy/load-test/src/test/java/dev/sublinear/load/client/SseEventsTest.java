package dev.sublinear.load.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SseEventsTest {
    private static final String BODY =
            ": ping\n\ndata: {\"a\":\"é\"}\n\nevent: x\ndata: " + "y".repeat(3_000) + "\n\ndata: \ndata: [DONE]\n\n";

    private static List<String> events(byte[] body, int piece) {
        SseEvents events = new SseEvents();
        List<String> told = new ArrayList<>();
        for (int at = 0; at < body.length; at += piece) {
            byte[] next = Arrays.copyOfRange(body, at, Math.min(body.length, at + piece));
            events.accept(
                    Unpooled.wrappedBuffer(next),
                    (bytes, offset, length) -> told.add(new String(bytes, offset, length, StandardCharsets.UTF_8)));
        }
        return told;
    }

    @Test
    void accept_anyPieces_areTheSameEvents() {
        byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
        for (int piece : new int[] {1, 2, 3, 7, 1_000, body.length}) {
            assertThat(events(body, piece)).containsExactly("{\"a\":\"é\"}", "y".repeat(3_000), "[DONE]");
        }
    }
}

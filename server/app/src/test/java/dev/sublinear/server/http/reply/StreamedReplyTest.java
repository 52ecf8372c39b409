package dev.sublinear.server.http.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.connection.EmbeddedConnection;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SseStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StreamedReplyTest {
    private static final int[] PROMPT = {5, 6, 7};

    @Test
    void stream_beforeItsFirstToken_showsThatTheServerLives() {
        try (EmbeddedConnection connection = EmbeddedConnection.bare()) {
            Exchange exchange = connection.exchange("POST", "/v1/completions");
            CompletionShape shape = new CompletionShape(
                    ReplyHead.begin("cmpl-", "m"),
                    new TokenTexts(ScriptedModel.TOKENIZER),
                    List.of(""),
                    1,
                    false,
                    0,
                    false);
            new StreamedReply(exchange, shape, List.of(new Reply.Prompt(PROMPT, 0, 1, false)), outcome -> {});

            connection.pass(SseStream.PING.minusMillis(1));
            assertThat(connection.replied())
                    .as("an error may still have a status of its own")
                    .isEmpty();
            connection.pass(Duration.ofMillis(1));
            assertThat(connection.replied()).isEqualTo("200 : ping\n\n");
            connection.pass(SseStream.PING);
            assertThat(connection.replied()).isEqualTo(": ping\n\n");
            connection.leave(exchange);
        }
    }
}

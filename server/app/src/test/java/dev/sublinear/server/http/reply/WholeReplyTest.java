package dev.sublinear.server.http.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationListener.ChosenToken;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.connection.EmbeddedConnection;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SharedMemory;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Row G22 of the threats: answers that are gathered must not fill the heap with log probabilities. */
final class WholeReplyTest {
    private static final int[] PROMPT = {5, 6, 7};
    private static final int ALTERNATIVES = 20;
    private static final int LIMIT = 1 << 20;

    private final SharedMemory memory = new SharedMemory(LIMIT);

    private GenerationListener listener(Exchange exchange) {
        CompletionShape shape = new CompletionShape(
                ReplyHead.begin("cmpl-", "m"),
                new TokenTexts(ScriptedModel.TOKENIZER),
                List.of(""),
                1,
                true,
                ALTERNATIVES,
                false);
        return new WholeReply(exchange, shape, List.of(new Reply.Prompt(PROMPT, 0, 1, true)), memory, outcome -> {})
                .listener(0);
    }

    private static Logprobs logprobs() {
        return new Logprobs(
                -1,
                IntStream.range(0, ALTERNATIVES)
                        .mapToObj(id -> new Logprobs.Candidate(id, -1 - id))
                        .toList());
    }

    @Test
    void g22_logprobsBeyondACallersShare_failThatRequestAndAreLetGo() {
        try (EmbeddedConnection connection = EmbeddedConnection.bare()) {
            Exchange exchange = connection.exchange("POST", "/v1/completions");
            GenerationListener heard = listener(exchange);
            for (int token = 0; token < 10_000; token++) {
                heard.onToken(0, new ChosenToken(5, "a", logprobs()));
            }
            assertThat(memory.used()).isBetween(LIMIT / 4L, LIMIT / 2L);

            connection.pass(Duration.ZERO);
            assertThat(connection.replied()).startsWith("503 ").contains("server_overloaded", "top_logprobs");
            assertThat(memory.used()).isZero();
            heard.onToken(0, new ChosenToken(5, "a", logprobs()));
            assertThat(memory.used()).as("held by what nobody will read").isZero();
        }
    }

    @Test
    void g22_promptsLogprobsBeyondACallersShare_failThatRequest() {
        try (EmbeddedConnection connection = EmbeddedConnection.bare()) {
            Exchange exchange = connection.exchange("POST", "/v1/completions");
            listener(exchange).onPromptRead(Collections.nCopies(10_000, logprobs()));

            connection.pass(Duration.ZERO);
            assertThat(connection.replied()).startsWith("503 ");
            assertThat(memory.used()).isZero();
        }
    }

    @Test
    void g22_clientThatLeaves_holdsNothing() {
        try (EmbeddedConnection connection = EmbeddedConnection.bare()) {
            Exchange exchange = connection.exchange("POST", "/v1/completions");
            listener(exchange).onToken(0, new ChosenToken(5, "a", logprobs()));
            assertThat(memory.used()).isPositive();

            connection.pass(Duration.ZERO);
            connection.leave(exchange);
            assertThat(memory.used()).isZero();
        }
    }
}

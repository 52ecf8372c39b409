package dev.sublinear.server.http;

import dev.sublinear.server.engine.Completion;
import dev.sublinear.server.engine.FinishReason;
import dev.sublinear.server.engine.GenerationException;
import dev.sublinear.server.engine.GenerationListener;
import dev.sublinear.server.http.RequestListener.Outcome;
import dev.sublinear.server.http.openai.CompletionResponse.Head;
import dev.sublinear.server.http.openai.Json;
import dev.sublinear.server.http.openai.Usage;
import java.util.function.Consumer;

/**
 * Sends a completion as it comes. The stream begins with the first token, so that what fails before has a status of its
 * own; or after a while, to show that the server lives.
 */
final class StreamedReply implements GenerationListener {
    private final Exchange exchange;
    private final Head head;
    private final boolean withUsage;
    private final Consumer<Outcome> onEnded;

    /** @param withUsage whether the stream ends with an event that tells the usage */
    StreamedReply(Exchange exchange, Head head, boolean withUsage, Consumer<Outcome> onEnded) {
        this.exchange = exchange;
        this.head = head;
        this.withUsage = withUsage;
        this.onEnded = onEnded;
        exchange.ifSilentFor(SseStream.PING, exchange::stream); // or what lies between would hang up
    }

    @Override
    public void onToken(int choice, Token token) {
        exchange.later(() -> {
            SseStream stream = exchange.stream();
            if (!token.text().isEmpty()) {
                stream.send(Json.write(head.piece(token.text(), withUsage)));
            }
        });
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        onEnded.accept(Outcomes.of(reason));
        if (reason != FinishReason.CANCELLED) {
            exchange.later(() -> exchange.stream().send(Json.write(head.end(rest, reason, withUsage))));
        }
    }

    @Override
    public void onFinished(Completion completion) {
        if (!completion.isCancelled()) {
            exchange.later(() -> end(completion));
        }
    }

    private void end(Completion completion) {
        SseStream stream = exchange.stream();
        if (withUsage) {
            stream.send(Json.write(head.usage(Usage.of(completion))));
        }
        stream.complete();
    }

    @Override
    public void onFailed(GenerationException failure) {
        onEnded.accept(Outcome.ERROR);
        exchange.later(() -> exchange.fail(Outcomes.error(failure)));
    }
}

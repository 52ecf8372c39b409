package dev.sublinear.server.http;

import dev.sublinear.server.engine.Completion;
import dev.sublinear.server.engine.FinishReason;
import dev.sublinear.server.engine.GenerationException;
import dev.sublinear.server.engine.GenerationListener;
import dev.sublinear.server.http.RequestListener.Outcome;
import dev.sublinear.server.http.openai.CompletionResponse.Head;
import dev.sublinear.server.http.openai.Usage;
import java.util.function.Consumer;

/** Gathers a completion and replies when it is whole. */
final class WholeReply implements GenerationListener {
    private final Exchange exchange;
    private final Head head;
    private final Consumer<Outcome> onEnded;
    private final StringBuilder text = new StringBuilder(); // of the engine's thread

    WholeReply(Exchange exchange, Head head, Consumer<Outcome> onEnded) {
        this.exchange = exchange;
        this.head = head;
        this.onEnded = onEnded;
    }

    @Override
    public void onToken(int choice, Token token) {
        text.append(token.text());
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        text.append(rest);
        onEnded.accept(Outcomes.of(reason));
    }

    @Override
    public void onFinished(Completion completion) {
        if (!completion.isCancelled()) {
            String whole = text.toString();
            FinishReason reason = completion.choices().get(0).reason();
            exchange.later(() -> exchange.reply(head.whole(whole, reason, Usage.of(completion))));
        }
    }

    @Override
    public void onFailed(GenerationException failure) {
        onEnded.accept(Outcome.ERROR);
        exchange.later(() -> exchange.fail(Outcomes.error(failure)));
    }
}

package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SseStream;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import dev.sublinear.server.http.openai.NamedEvent;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import dev.sublinear.server.http.reply.RequestListener.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Sends answers as they come. The stream begins with the first token, so that a failure before it can have a status of its
 * own; or after {@link SseStream#PING}, to show that the server lives. Its listeners are called on the engine's thread and
 * leave the rest to the event loop.
 */
public final class StreamedReply implements Reply {
    private final Exchange exchange;
    private final Shape shape;
    private final List<Prompt> prompts;
    private final Consumer<Outcome> onEnded;
    private final List<Completion> completions = new ArrayList<>();

    public StreamedReply(Exchange exchange, Shape shape, List<Prompt> prompts, Consumer<Outcome> onEnded) {
        this.exchange = exchange;
        this.shape = shape;
        this.prompts = prompts;
        this.onEnded = onEnded;
        exchange.ifSilentFor(SseStream.PING, () -> exchange.stream().ping()); // proxies hang up on a silent server
    }

    @Override
    public GenerationListener listener(int prompt) {
        return new Sender(prompts.get(prompt));
    }

    private void send(List<Object> events) {
        events.forEach(event -> exchange.stream().send(name(event), Json.write(event)));
    }

    private void sendLast(List<Object> events) {
        events.forEach(event -> exchange.stream().sendLast(name(event), Json.write(event)));
    }

    private static String name(Object event) {
        return event instanceof NamedEvent named ? named.type() : "";
    }

    private void completed(Completion completion) {
        completions.add(completion);
        if (completions.size() == prompts.size()) {
            sendLast(shape.end(Usage.of(completions)));
            exchange.stream().complete();
        }
    }

    private void failed(ApiError error) {
        if (exchange.isStreaming()) {
            sendLast(shape.failed(error));
            exchange.stream().breakOff();
        } else {
            exchange.fail(error);
        }
    }

    private final class Sender implements GenerationListener {
        private final Prompt asked;
        private final List<Choice> choices = new ArrayList<>();
        private List<Scored> promptTokens = List.of();

        private Sender(Prompt asked) {
            this.asked = asked;
            for (int choice = 0; choice < asked.choices(); choice++) {
                choices.add(new Choice(shape.events(asked.first() + choice)));
            }
        }

        @Override
        public void onPromptRead(List<Logprobs> logprobs) {
            exchange.later(() -> promptTokens = asked.scored(logprobs));
        }

        @Override
        public void onToken(int choice, ChosenToken token) {
            exchange.later(() -> choices.get(choice).add(token));
        }

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {
            onEnded.accept(Outcomes.of(reason));
            if (reason != FinishReason.CANCELLED) {
                exchange.later(() -> choices.get(choice).end(rest, reason));
            }
        }

        @Override
        public void onFinished(Completion completion) {
            if (!completion.isCancelled()) {
                exchange.later(() -> completed(completion));
            }
        }

        @Override
        public void onFailed(GenerationException failure) {
            onEnded.accept(Outcome.ERROR);
            exchange.later(() -> failed(Outcomes.error(failure)));
        }

        /** One answer. */
        private final class Choice {
            private final Shape.Events events;
            private final List<Scored> untold = new ArrayList<>(); // their text waits for more
            private boolean begun;

            private Choice(Shape.Events events) {
                this.events = events;
            }

            private void begin() {
                if (!begun) {
                    begun = true;
                    exchange.stream();
                    send(events.begin(promptTokens));
                }
            }

            private void add(ChosenToken token) {
                begin();
                if (asked.isScored()) {
                    untold.add(new Scored(token.id(), token.logprobs()));
                }
                if (!token.text().isEmpty()) {
                    send(events.more(token.text(), List.copyOf(untold)));
                    untold.clear();
                } else {
                    events.silent();
                }
            }

            private void end(String rest, FinishReason reason) {
                begin();
                sendLast(events.end(rest, List.copyOf(untold), reason));
            }
        }
    }
}

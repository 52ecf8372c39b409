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
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Sends answers as they come. The stream begins with the first token, so that a failure before it can have a status of its
 * own; or after {@link SseStream#PING}, to show that the server lives. Its listeners are called on the engine's thread and
 * leave the rest to the event loop.
 */
public final class StreamedReply implements Reply {
    private static final int BYTES_OF_TOKEN = 128;
    private static final int BYTES_OF_LOGPROB = 32;

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

    /**
     * Sends events that are made when the client reads them. One that reads so slowly that too much waits is told so instead.
     *
     * @param bytes roughly what they are made of, as long as they wait; 0 if that exists anyway
     */
    private void send(int bytes, Supplier<Stream<Object>> events) {
        SseStream stream = exchange.stream();
        stream.send(bytes, () -> events.get().map(StreamedReply::text).iterator());
        if (stream.isTooFarBehind()) {
            stream.forget();
            failed(ApiError.readerTooSlow(SseStream.MAX_WAITING));
        }
    }

    private static String text(Object event) {
        return SseStream.event(event instanceof NamedEvent named ? named.type() : "", Json.write(event));
    }

    private void completed(Completion completion) {
        completions.add(completion);
        if (completions.size() == prompts.size()) {
            Usage usage = Usage.of(completions);
            send(0, () -> shape.end(usage).stream());
            exchange.stream().complete();
        }
    }

    private void failed(ApiError error) {
        if (exchange.isStreaming()) {
            send(0, () -> shape.failed(error).stream());
            exchange.breakOff();
        } else {
            exchange.fail(error);
        }
    }

    private static int bytes(GenerationListener.ChosenToken token) {
        return BYTES_OF_TOKEN
                + token.text().length()
                + BYTES_OF_LOGPROB * token.logprobs().top().size();
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
                    send(0, () -> events.begin(promptTokens));
                }
            }

            private void add(ChosenToken token) {
                begin();
                send(bytes(token), () -> more(token));
            }

            private Stream<Object> more(ChosenToken token) {
                if (asked.isScored()) {
                    untold.add(new Scored(token.id(), token.logprobs()));
                }
                if (token.text().isEmpty()) {
                    events.silent();
                    return Stream.of();
                }
                List<Scored> told = List.copyOf(untold);
                untold.clear();
                return events.more(token.text(), told).stream();
            }

            private void end(String rest, FinishReason reason) {
                begin();
                send(0, () -> events.end(rest, List.copyOf(untold), reason).stream());
            }
        }
    }
}

package dev.sublinear.server.http;

import dev.sublinear.engine.generation.Generation;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Request;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.reply.Reply;
import dev.sublinear.server.http.reply.Reply.Prompt;
import dev.sublinear.server.http.reply.RequestListener;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import dev.sublinear.server.http.reply.RequestListener.Outcome;
import dev.sublinear.server.http.reply.Shape;
import dev.sublinear.server.http.reply.StreamedReply;
import dev.sublinear.server.http.reply.WholeReply;
import dev.sublinear.server.web.LiveView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings requests for answers from the event loop to the engine, by way of a bounded pool that reads them. */
final class Generations {
    private static final Logger LOG = LoggerFactory.getLogger(Generations.class);
    private static final String TIMEOUT = "x-request-timeout-ms";
    private static final int MAX_TIMEOUT = 86_400_000;
    private static final int RETRY_SECONDS = 1;

    private final Served served;
    private final Executor reading;
    private final LiveView live;
    private final RequestListener listener;

    /** @param reading where bodies are parsed and prompts tokenized; refuses when it has too many */
    Generations(Served served, Executor reading, LiveView live, RequestListener listener) {
        this.served = served;
        this.reading = reading;
        this.live = live;
        this.listener = listener;
    }

    /**
     * What a request asks for.
     *
     * @param id of the reply
     * @param prompts of which each is answered on its own
     * @param promptField what the prompt is called in this request
     */
    record Plan(
            String id,
            List<GenerationRequest> prompts,
            Shape shape,
            boolean streams,
            boolean scored,
            String promptField) {}

    /** Answers, or sees to it that it will be done. {@code plan} may throw an {@link ApiError}. */
    void answer(Exchange exchange, Endpoint endpoint, Function<byte[], Plan> plan) {
        try {
            reading.execute(() -> submit(exchange, endpoint, plan));
        } catch (RejectedExecutionException e) {
            listener.onEnded(endpoint, Outcome.REJECTED);
            throw overloaded(RETRY_SECONDS, "too many prompts are waiting to be read");
        }
    }

    private void submit(Exchange exchange, Endpoint endpoint, Function<byte[], Plan> plan) {
        List<Generation> submitted = new CopyOnWriteArrayList<>();
        exchange.onGone(() -> cancel(submitted));
        try {
            Duration timeout = timeout(exchange.request());
            Optional<Plan> read = exchange.body().read(plan);
            if (read.isEmpty()) {
                listener.onEnded(endpoint, Outcome.CANCELLED); // nobody waits for it any more
                return;
            }
            Plan asked = read.get();
            Reply reply = reply(exchange, asked, outcome -> listener.onEnded(endpoint, outcome));
            for (int i = 0; i < asked.prompts().size(); i++) {
                GenerationRequest request = asked.prompts()
                        .get(i)
                        .withTenant(exchange.caller())
                        .withTimes(exchange.request().arrivedNanos(), timeout);
                GenerationListener heard = listener.accompany(endpoint, request, reply.listener(i));
                Generation generation = submit(request, heard, asked.promptField());
                live.name(asked.id(), generation.id());
                submitted.add(generation);
            }
            exchange.onGone(() -> cancel(submitted)); // again: now they are all there
        } catch (InvalidParameterException e) {
            listener.onEnded(endpoint, Outcome.INVALID);
            refuse(exchange, submitted, ApiError.invalidValue(e.parameter(), "%s", e.getMessage()));
        } catch (ApiError e) {
            listener.onEnded(endpoint, e.status() < 500 ? Outcome.INVALID : Outcome.REJECTED);
            refuse(exchange, submitted, e);
        } catch (RuntimeException e) {
            LOG.error("A request could not be submitted", e);
            listener.onEnded(endpoint, Outcome.ERROR);
            refuse(exchange, submitted, ApiError.internal());
        }
    }

    private static void cancel(List<Generation> submitted) {
        submitted.forEach(Generation::cancel);
    }

    private static void refuse(Exchange exchange, List<Generation> submitted, ApiError error) {
        exchange.later(() -> exchange.fail(error));
        cancel(submitted);
    }

    private static Reply reply(Exchange exchange, Plan asked, Consumer<Outcome> onEnded) {
        List<Prompt> prompts = new ArrayList<>();
        int first = 0;
        for (GenerationRequest request : asked.prompts()) {
            prompts.add(new Prompt(request.prompt(), first, request.choices(), asked.scored()));
            first += request.choices();
        }
        return asked.streams()
                ? new StreamedReply(exchange, asked.shape(), prompts, onEnded)
                : new WholeReply(exchange, asked.shape(), prompts, onEnded);
    }

    private Generation submit(GenerationRequest request, GenerationListener heard, String promptField) {
        try {
            return served.engine().submit(request, heard);
        } catch (RejectedException e) {
            int retry = Math.max(RETRY_SECONDS, e.retryAfterSeconds());
            throw switch (e.reason()) {
                case INVALID_BIAS -> ApiError.invalidValue("logit_bias", "%s", e.getMessage());
                case INVALID -> ApiError.invalidValue(promptField, "%s", e.getMessage());
                case CONTEXT_LENGTH, CACHE_CAPACITY -> ApiError.contextLengthExceeded(e.getMessage());
                case QUEUE_FULL -> overloaded(retry, e.getMessage());
                case STOPPING -> ApiError.unavailable("draining", retry, e.getMessage());
            };
        }
    }

    private static ApiError overloaded(int retrySeconds, String message) {
        return ApiError.unavailable("server_overloaded", retrySeconds, message);
    }

    private static Duration timeout(Request request) {
        String text = request.headers().get(TIMEOUT);
        if (text == null) {
            return GenerationRequest.NO_TIMEOUT;
        }
        try {
            int millis = Integer.parseInt(text);
            if (millis >= 1 && millis <= MAX_TIMEOUT) {
                return Duration.ofMillis(millis);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiError.invalidValue(TIMEOUT, "%s must be a whole number from 1 to %s", TIMEOUT, MAX_TIMEOUT);
    }
}

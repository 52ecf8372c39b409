package dev.sublinear.server.http;

import dev.sublinear.engine.generation.Generation;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SharedMemory;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings requests for answers from the event loop to the engine, by way of the threads that read them in turns. */
final class Generations {
    private static final Logger LOG = LoggerFactory.getLogger(Generations.class);
    private static final int RETRY_SECONDS = 1;
    /** What a turn costs besides the bytes of its body. */
    private static final int BYTES_A_TURN = 1024;

    private final Served served;
    private final Turns reading;
    private final Turns compiling;
    private final SharedMemory logprobs;
    private final LiveView live;
    private final RequestListener listener;

    /**
     * A way to the engine.
     *
     * @param reading where bodies are parsed and prompts tokenized
     * @param compiling where what answers may look like is compiled
     * @param logprobs of answers that are gathered
     */
    Generations(
            Served served,
            Turns reading,
            Turns compiling,
            SharedMemory logprobs,
            LiveView live,
            RequestListener listener) {
        this.served = served;
        this.reading = reading;
        this.compiling = compiling;
        this.logprobs = logprobs;
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

    /**
     * What a request asks for, once its body has been read.
     *
     * @param isConstrained whether something must be compiled before it can be planned
     * @param planning may throw an {@link ApiError}
     */
    record Draft(boolean isConstrained, Supplier<Plan> planning) {
        static Draft of(Plan plan) {
            return new Draft(false, () -> plan);
        }
    }

    /** Answers, or sees to it that it will be done. {@code draft} may throw an {@link ApiError}. */
    void answer(Exchange exchange, Endpoint endpoint, Function<byte[], Draft> draft) {
        try {
            Duration timeout = Timeouts.keep(exchange);
            long cost = exchange.body().length() + (long) BYTES_A_TURN;
            await(reading, exchange, cost, () -> read(exchange, endpoint, draft, timeout));
        } catch (ApiError e) {
            listener.onEnded(endpoint, outcome(e));
            throw e;
        }
    }

    private static void await(Turns turns, Exchange exchange, long cost, Runnable work) {
        try {
            turns.take(exchange.callerOrAddress(), cost, work);
        } catch (RejectedExecutionException e) {
            throw overloaded(RETRY_SECONDS, "too many prompts are waiting to be read");
        }
    }

    private void read(Exchange exchange, Endpoint endpoint, Function<byte[], Draft> draft, Duration timeout) {
        attempt(exchange, endpoint, List.of(), () -> {
            Optional<Draft> read = exchange.body().read(draft);
            if (read.isEmpty()) {
                skip(exchange, endpoint, timeout);
            } else if (read.get().isConstrained()) {
                await(compiling, exchange, 1, () -> submit(exchange, endpoint, read.get(), timeout));
            } else {
                submit(exchange, endpoint, read.get(), timeout);
            }
        });
    }

    /** Counts a request whose client has left, or has been told that it took too long. */
    private void skip(Exchange exchange, Endpoint endpoint, Duration timeout) {
        boolean late = System.nanoTime() - exchange.request().arrivedNanos() >= timeout.toNanos();
        listener.onEnded(endpoint, late ? Outcome.ERROR : Outcome.CANCELLED);
    }

    private void submit(Exchange exchange, Endpoint endpoint, Draft draft, Duration timeout) {
        if (exchange.hasEnded()) {
            skip(exchange, endpoint, timeout);
            return;
        }
        List<Generation> submitted = new CopyOnWriteArrayList<>();
        exchange.onGone(() -> cancel(submitted));
        attempt(exchange, endpoint, submitted, () -> {
            Plan asked = draft.planning().get();
            Reply reply = reply(exchange, asked, outcome -> listener.onEnded(endpoint, outcome));
            for (int i = 0; i < asked.prompts().size(); i++) {
                GenerationRequest request = asked.prompts()
                        .get(i)
                        .withTenant(exchange.callerOrAddress())
                        .withTimes(exchange.request().arrivedNanos(), timeout);
                GenerationListener heard = listener.accompany(endpoint, request, reply.listener(i));
                Generation generation = submit(request, heard, asked.promptField());
                live.name(asked.id(), generation.id());
                submitted.add(generation);
            }
            exchange.onGone(() -> cancel(submitted)); // again: now they are all there
        });
    }

    /** Does a part of the way to the engine; if that fails, so does the request. */
    private void attempt(Exchange exchange, Endpoint endpoint, List<Generation> submitted, Runnable part) {
        try {
            part.run();
        } catch (InvalidParameterException e) {
            listener.onEnded(endpoint, Outcome.INVALID);
            refuse(exchange, submitted, ApiError.invalidValue(e.parameter(), "%s", e.getMessage()));
        } catch (ApiError e) {
            listener.onEnded(endpoint, outcome(e));
            refuse(exchange, submitted, e);
        } catch (RuntimeException e) {
            LOG.error("A request could not be submitted", e);
            listener.onEnded(endpoint, Outcome.ERROR);
            refuse(exchange, submitted, ApiError.internal());
        }
    }

    private static Outcome outcome(ApiError e) {
        return e.status() < 500 ? Outcome.INVALID : Outcome.REJECTED;
    }

    private static void cancel(List<Generation> submitted) {
        submitted.forEach(Generation::cancel);
    }

    private static void refuse(Exchange exchange, List<Generation> submitted, ApiError error) {
        exchange.later(() -> exchange.fail(error));
        cancel(submitted);
    }

    private Reply reply(Exchange exchange, Plan asked, Consumer<Outcome> onEnded) {
        List<Prompt> prompts = new ArrayList<>();
        int first = 0;
        for (GenerationRequest request : asked.prompts()) {
            prompts.add(new Prompt(request.prompt(), first, request.choices(), asked.scored()));
            first += request.choices();
        }
        return asked.streams()
                ? new StreamedReply(exchange, asked.shape(), prompts, onEnded)
                : new WholeReply(exchange, asked.shape(), prompts, logprobs, onEnded);
    }

    private Generation submit(GenerationRequest request, GenerationListener heard, String promptField) {
        try {
            return served.engine().submit(request, heard);
        } catch (RejectedException e) {
            throw refusal(e, promptField);
        }
    }

    private static ApiError refusal(RejectedException e, String promptField) {
        int retry = Math.max(RETRY_SECONDS, e.retryAfterSeconds());
        return switch (e.reason()) {
            case INVALID_BIAS -> ApiError.invalidValue("logit_bias", "%s", e.getMessage());
            case INVALID -> ApiError.invalidValue(promptField, "%s", e.getMessage());
            case CONTEXT_LENGTH, CACHE_CAPACITY -> ApiError.contextLengthExceeded(e.getMessage());
            case QUEUE_FULL -> overloaded(retry, e.getMessage());
            case STOPPING -> ApiError.unavailable("draining", retry, e.getMessage());
        };
    }

    private static ApiError overloaded(int retrySeconds, String message) {
        return ApiError.unavailable("server_overloaded", retrySeconds, message);
    }
}

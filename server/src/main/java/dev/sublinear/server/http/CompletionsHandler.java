package dev.sublinear.server.http;

import dev.sublinear.server.engine.Generation;
import dev.sublinear.server.engine.GenerationListener;
import dev.sublinear.server.engine.GenerationRequest;
import dev.sublinear.server.engine.GenerationRequest.Stops;
import dev.sublinear.server.engine.RejectedException;
import dev.sublinear.server.http.RequestListener.Endpoint;
import dev.sublinear.server.http.RequestListener.Outcome;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.CompletionRequest;
import dev.sublinear.server.http.openai.CompletionResponse.Head;
import dev.sublinear.server.web.LiveView;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/completions}. */
final class CompletionsHandler implements Handler {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionsHandler.class);
    private static final int RETRY_SECONDS = 1;

    private final Served served;
    private final Executor tokenizing;
    private final LiveView live;
    private final RequestListener listener;

    /** @param tokenizing where prompts are tokenized; refuses when it has too many */
    CompletionsHandler(Served served, Executor tokenizing, LiveView live, RequestListener listener) {
        this.served = served;
        this.tokenizing = tokenizing;
        this.live = live;
        this.listener = listener;
    }

    @Override
    public void handle(Exchange exchange) {
        try {
            tokenizing.execute(() -> submit(exchange));
        } catch (RejectedExecutionException e) {
            ended(Outcome.REJECTED);
            throw overloaded("too many prompts are waiting to be read");
        }
    }

    private void submit(Exchange exchange) {
        try {
            CompletionRequest asked =
                    exchange.request().body().read(bytes -> CompletionRequest.parse(bytes, served.offer()));
            int[] prompt = asked.prompt().ids(served.tokenizer()::encodePrompt);
            GenerationRequest request = GenerationRequest.of(prompt, asked.maxTokens(), asked.policy())
                    .with(asked.sampling())
                    .with(Stops.at(asked.stops()))
                    .withTenant(exchange.caller())
                    .withTimes(exchange.request().arrivedNanos(), GenerationRequest.NO_TIMEOUT);
            Head head = new Head(
                    "cmpl-" + UUID.randomUUID(),
                    System.currentTimeMillis() / 1000,
                    served.offer().model());
            GenerationListener reply = listener.accompany(Endpoint.COMPLETIONS, request, reply(exchange, asked, head));
            Generation generation = served.engine().submit(request, reply);
            live.name(head.id(), generation.id());
            exchange.onGone(generation::cancel);
        } catch (ApiError e) {
            ended(Outcome.INVALID);
            exchange.later(() -> exchange.fail(e));
        } catch (RejectedException e) {
            refuse(exchange, e);
        } catch (RuntimeException e) {
            LOG.error("A request could not be submitted", e);
            ended(Outcome.ERROR);
            exchange.later(() -> exchange.fail(ApiError.internal()));
        }
    }

    private GenerationListener reply(Exchange exchange, CompletionRequest asked, Head head) {
        return asked.streams()
                ? new StreamedReply(exchange, head, asked.includesUsage(), this::ended)
                : new WholeReply(exchange, head, this::ended);
    }

    private void refuse(Exchange exchange, RejectedException e) {
        ApiError error = switch (e.reason()) {
            case INVALID_BIAS -> ApiError.invalidValue("logit_bias", "%s", e.getMessage());
            case INVALID -> ApiError.invalidValue("prompt", "%s", e.getMessage());
            case CONTEXT_LENGTH, CACHE_CAPACITY -> ApiError.contextLengthExceeded(e.getMessage());
            case QUEUE_FULL -> ApiError.unavailable("server_overloaded", e.retryAfterSeconds(), e.getMessage());
            case STOPPING -> ApiError.unavailable("draining", e.retryAfterSeconds(), e.getMessage());
        };
        ended(error.status() == 400 ? Outcome.INVALID : Outcome.REJECTED);
        exchange.later(() -> exchange.fail(error));
    }

    private static ApiError overloaded(String message) {
        return ApiError.unavailable("server_overloaded", RETRY_SECONDS, message);
    }

    private void ended(Outcome outcome) {
        listener.onEnded(Endpoint.COMPLETIONS, outcome);
    }
}

package dev.sublinear.server.http;

import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.TokensRequest;
import dev.sublinear.server.http.openai.TokensResponse;
import dev.sublinear.server.http.reply.TokenTexts;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/tokenize} and {@code POST /v1/detokenize}. */
final class TokensHandler {
    private static final Logger LOG = LoggerFactory.getLogger(TokensHandler.class);
    private static final int RETRY_SECONDS = 1;

    private final Served served;
    private final Turns reading;
    private final TokenTexts texts;

    TokensHandler(Served served, Turns reading, TokenTexts texts) {
        this.served = served;
        this.reading = reading;
        this.texts = texts;
    }

    void tokenize(Exchange exchange) {
        answer(exchange, body -> {
            TokensRequest asked = TokensRequest.parseText(body, served.offer());
            Tokenizer tokenizer = served.encodable("prompt", asked.text());
            int[] ids = asked.isPrompt() ? tokenizer.encodePrompt(asked.text()) : tokenizer.encode(asked.text());
            return TokensResponse.Ids.of(
                    ids,
                    Arrays.stream(ids).mapToObj(texts::name).toList(),
                    served.engine().spec().maxPositions());
        });
    }

    void detokenize(Exchange exchange) {
        answer(exchange, body -> {
            int[] ids = TokensRequest.parseIds(body, served.offer());
            served.requireWithinContext("tokens", ids);
            try {
                return new TokensResponse.Text(served.tokenizer().decode(ids));
            } catch (IllegalArgumentException e) {
                throw ApiError.invalidValue("tokens", "%s", String.valueOf(e.getMessage()));
            }
        });
    }

    private void answer(Exchange exchange, Function<byte[], Object> work) {
        Timeouts.keep(exchange);
        try {
            reading.take(exchange.callerOrAddress(), exchange.body().length() + 1L, () -> {
                try {
                    exchange.body().read(work).ifPresent(reply -> exchange.later(() -> exchange.reply(reply)));
                } catch (ApiError e) {
                    exchange.later(() -> exchange.fail(e));
                } catch (RuntimeException e) {
                    LOG.error("A text could not be tokenized", e);
                    exchange.later(() -> exchange.fail(ApiError.internal()));
                }
            });
        } catch (RejectedExecutionException e) {
            throw ApiError.unavailable("server_overloaded", RETRY_SECONDS, "too many texts are waiting to be read");
        }
    }
}

package dev.sublinear.server.http;

import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.openai.ApiError;
import java.time.Duration;

/** How long a request may take, as it says itself. */
final class Timeouts {
    private static final String HEADER = "x-request-timeout-ms";
    private static final int MAX = 86_400_000;

    private Timeouts() {}

    /**
     * Returns how long a request may take from its arrival, and sees to it that it has an answer by then, wherever it may wait.
     *
     * @throws ApiError if it does not say so in a way that can be read
     */
    static Duration keep(Exchange exchange) {
        String text = exchange.request().headers().get(HEADER);
        if (text == null) {
            return GenerationRequest.NO_TIMEOUT;
        }
        Duration timeout = Duration.ofMillis(millis(text));
        Duration passed =
                Duration.ofNanos(System.nanoTime() - exchange.request().arrivedNanos());
        exchange.ifSilentFor(
                timeout.minus(passed),
                () -> exchange.fail(ApiError.deadlineExceeded(
                        "the answer was not there within the " + timeout.toMillis() + " ms that it had")));
        return timeout;
    }

    private static int millis(String text) {
        try {
            int millis = Integer.parseInt(text);
            if (millis >= 1 && millis <= MAX) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiError.invalidValue(HEADER, "%s must be a whole number from 1 to %s", HEADER, MAX);
    }
}

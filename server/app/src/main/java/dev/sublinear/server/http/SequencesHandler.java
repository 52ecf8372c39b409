package dev.sublinear.server.http;

import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SseStream;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import dev.sublinear.server.web.LiveView;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code GET /api/sequences}: a stream of what all caches hold; and below it, which tokens one sequence's cache holds. */
final class SequencesHandler {
    static final String PATH = "/api/sequences";

    private static final Pattern ONE =
            Pattern.compile(PATH + "/([\\w.-]{1,128})(?:/layers/(\\d{1,5})(?:/heads/(\\d{1,5}))?|/tokens/(\\d{1,9}))?");
    private static final Duration EVERY = Duration.ofMillis(100);
    private static final int SILENT_AT_MOST = 10; // turns without an event, while nothing changes

    /** Requests in a row, more than a page needs. Bounded because each interrupts the engine and copies its positions. */
    private static final int AT_ONCE = 40;

    private static final Duration EACH = Duration.ofMillis(50);

    private final LiveView live;
    private final RateLimit limit;

    SequencesHandler(LiveView live) {
        this.live = live;
        this.limit = new RateLimit(AT_ONCE, EACH, System::nanoTime);
    }

    /** Sends the server's facts as the first event, then snapshots until the client leaves. */
    void follow(Exchange exchange) {
        SseStream stream = exchange.stream();
        stream.send("server", Json.write(live.facts()));
        new Following(exchange, stream).ask();
    }

    private final class Following {
        private final Exchange exchange;
        private final SseStream stream;
        private String last = "";
        private int silent;

        Following(Exchange exchange, SseStream stream) {
            this.exchange = exchange;
            this.stream = stream;
        }

        void ask() {
            if (exchange.isDraining()) {
                end();
            } else if (stream.isBehind()) {
                exchange.after(EVERY, this::ask);
            } else {
                CompletableFuture<?> unused = live.snapshot()
                        .thenApply(Json::write)
                        .whenComplete((json, failure) -> exchange.later(() -> {
                            if (json == null) {
                                end(); // the engine has ended
                            } else {
                                tell(json);
                                exchange.after(EVERY, this::ask);
                            }
                        }));
            }
        }

        private void end() {
            stream.send(Json.write(SseStream.DONE));
            stream.complete();
        }

        private void tell(String json) {
            silent++;
            if (silent == SILENT_AT_MOST || !json.equals(last)) {
                silent = 0;
                last = json;
                stream.send(json);
            }
        }
    }

    /**
     * Describes one sequence, named by its number or, to get the text too, by the id of its completion: in all layers, in one,
     * in one head, or why its heads hold one token.
     */
    void describe(Exchange exchange) {
        Matcher path = ONE.matcher(exchange.request().path());
        if (!path.matches()) {
            throw ApiError.notFound();
        }
        limit.count(exchange.callerOrAddress());
        CompletableFuture<?> unused = description(path)
                .whenComplete((json, failure) -> exchange.later(() -> {
                    if (json != null && json.isPresent()) {
                        exchange.reply("application/json", json.get());
                    } else {
                        exchange.fail(failure == null ? ApiError.notFound() : ApiError.internal());
                    }
                }));
    }

    private CompletableFuture<Optional<String>> description(Matcher path) {
        OptionalInt position = number(path, 4);
        return position.isPresent()
                ? live.token(path.group(1), position.getAsInt()).thenApply(found -> found.map(Json::write))
                : live.retention(path.group(1), number(path, 2), number(path, 3))
                        .thenApply(found -> found.map(Json::write));
    }

    private static OptionalInt number(Matcher path, int group) {
        return path.group(group) == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(path.group(group)));
    }
}

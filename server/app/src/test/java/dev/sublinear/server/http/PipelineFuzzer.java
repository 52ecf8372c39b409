package dev.sublinear.server.http;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.Router.Route;
import dev.sublinear.server.http.connection.EmbeddedConnection;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.connection.SharedMemory;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.CompletionRequest;
import dev.sublinear.server.http.openai.Offer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends any bytes through the pipeline of a connection, in pieces, to routes that read bodies as the real ones do. For
 * Jazzer, see {@code deploy/fuzz}; {@link FuzzersTest} runs it without.
 */
public final class PipelineFuzzer {
    static final Offer OFFER = new Offer(
            "m",
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
            true,
            GenerationDefaults.NONE,
            0);

    private static final int MAX_BODY = 1_000;
    private static final Pattern LINE = Pattern.compile("HTTP/1\\.1 (?!500)\\d{3} [A-Za-z -]+\r\n");
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: (\\d+)\r\n");

    private static final Router ROUTER = new Router(
            new Gate(HttpConfig.DEFAULT),
            new InFlight(),
            List.of(
                    new Route("POST", "/v1/completions", reading(body -> CompletionRequest.parse(body, OFFER))),
                    new Route("POST", "/v1/chat/completions", reading(body -> ChatRequest.parse(body, OFFER))),
                    new Route("GET", "/", exchange -> exchange.reply("text/plain", "ok"))));
    private static final SharedMemory BODIES = new SharedMemory(10 * MAX_BODY);

    private PipelineFuzzer() {}

    private static Handler reading(Function<byte[], Object> parse) {
        return exchange -> {
            exchange.body().read(parse);
            exchange.reply("application/json", "{}");
        };
    }

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("aPOST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
                .getBytes(StandardCharsets.UTF_8));
    }

    /** What Jazzer calls: the first byte says how large the pieces are, the others are what arrives. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        try (EmbeddedConnection connection = EmbeddedConnection.to(ROUTER, MAX_BODY, BODIES)) {
            int piece = 1 + (input[0] & 0xff);
            for (int at = 1; at < input.length && connection.isOpen(); at += piece) {
                connection.receive(input, at, Math.min(piece, input.length - at));
            }
            requireReplies(connection.sent());
        }
        require(BODIES.used() == 0, "bytes of bodies are still counted");
    }

    /** Nothing but whole replies, none of which says that a handler failed. */
    private static void requireReplies(String sent) {
        for (int at = 0; at < sent.length(); ) {
            int end = sent.indexOf("\r\n\r\n", at) + 4;
            require(end > 3 && LINE.matcher(sent).region(at, end).lookingAt(), "what is no reply was sent");
            Matcher length = LENGTH.matcher(sent).region(at, end);
            int next = end + (length.find() ? Integer.parseInt(length.group(1)) : 0);
            boolean bodiless = next > sent.length() || sent.startsWith("HTTP/1.1 ", end); // an answer to HEAD
            at = bodiless ? end : next;
        }
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}

package dev.sublinear.server.http;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.server.HttpConfig;
import dev.sublinear.server.http.Router.Route;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.CompletionRequest;
import dev.sublinear.server.http.openai.Offer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Sends any bytes through the pipeline of a connection, in pieces, to routes that read bodies as the real ones do. For
 * Jazzer, see {@code deploy/fuzz}; {@link FuzzersTest} runs it without.
 */
public final class PipelineFuzzer {
    private static final int MAX_BODY = 1_000;
    private static final Offer OFFER =
            new Offer("m", EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()), true);
    private static final HttpConfig CONFIG = HttpConfig.DEFAULT.with(new HttpConfig.AccessLog.Off());
    private static final AccessLog LOG = AccessLog.open(CONFIG.accessLog(), RequestListener.NONE);

    private PipelineFuzzer() {}

    /** What Jazzer calls: the first byte says how large the pieces are, the others are what arrives. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        Body.Memory bodies = new Body.Memory(10 * MAX_BODY);
        InFlight inFlight = new InFlight();
        Service service = new Service(CONFIG.timeouts(), inFlight, LOG, RequestListener.NONE);
        Router router = new Router(
                new Gate(CONFIG),
                inFlight,
                List.of(
                        new Route(
                                HttpMethod.POST,
                                "/v1/completions",
                                reading(body -> CompletionRequest.parse(body, OFFER))),
                        new Route(
                                HttpMethod.POST,
                                "/v1/chat/completions",
                                reading(body -> ChatRequest.parse(body, OFFER))),
                        new Route(HttpMethod.GET, "/", exchange -> exchange.reply("text/plain", "ok"))));
        EmbeddedChannel channel = new EmbeddedChannel();
        new Pipeline(
                        MAX_BODY,
                        bodies,
                        Optional.empty(),
                        new Connections(CONFIG.limits(), RequestListener.NONE),
                        router,
                        service)
                .addHttp(channel.pipeline());
        int piece = 1 + (input[0] & 0xff);
        for (int at = 1; at < input.length && channel.isOpen(); at += piece) {
            int length = Math.min(piece, input.length - at);
            channel.writeInbound(Unpooled.copiedBuffer(input, at, length));
            channel.runPendingTasks();
        }
        String replies = drain(channel);
        channel.finishAndReleaseAll();
        require(replies.isEmpty() || replies.startsWith("HTTP/1.1 "), "what is no reply was sent");
        require(!replies.contains("HTTP/1.1 500 "), "a handler failed");
        require(bodies.used() == 0, "bytes of bodies are still counted");
    }

    private static Handler reading(Function<byte[], Object> parse) {
        return exchange -> {
            exchange.request().body().read(parse);
            exchange.reply("application/json", "{}");
        };
    }

    private static String drain(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        return text.toString();
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** Reads any bytes as the bodies of all requests. */
    public static final class Bodies {
        private Bodies() {}

        /** What Jazzer calls. Only an {@link ApiError} may come of it, and it must be short. */
        public static void fuzzerTestOneInput(byte[] input) {
            for (Function<byte[], Object> parse : List.<Function<byte[], Object>>of(
                    body -> CompletionRequest.parse(body, OFFER), body -> ChatRequest.parse(body, OFFER))) {
                try {
                    require(parse.apply(input) != null, "nothing was read");
                } catch (ApiError e) {
                    require(e.status() == 400 || e.status() == 404, "the status is " + e.status());
                    require(String.valueOf(e.getMessage()).length() <= 1_001, "the message is long");
                }
            }
        }
    }
}

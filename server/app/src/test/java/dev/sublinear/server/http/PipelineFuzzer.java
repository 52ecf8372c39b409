package dev.sublinear.server.http;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.Router.Route;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends any bytes through the pipeline of a connection, in pieces, to routes that read bodies as the real ones do. For
 * Jazzer, see {@code deploy/fuzz}; {@link FuzzersTest} runs it without.
 */
public final class PipelineFuzzer {
    static final Offer OFFER = new Offer(
            "m", EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()), true, GenerationDefaults.NONE);

    private static final int MAX_BODY = 1_000;
    private static final Pattern LINE = Pattern.compile("HTTP/1\\.1 (?!500)\\d{3} [A-Za-z -]+\r\n");
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: (\\d+)\r\n");

    private static final HttpConfig CONFIG = HttpConfig.DEFAULT.with(new HttpConfig.AccessLog.Off());
    private static final Service SERVICE = new Service(
            CONFIG.timeouts(),
            new InFlight(),
            AccessLog.open(CONFIG.accessLog(), RequestListener.NONE),
            RequestListener.NONE);
    private static final Router ROUTER = new Router(
            new Gate(CONFIG),
            SERVICE.inFlight(),
            List.of(
                    new Route(
                            HttpMethod.POST, "/v1/completions", reading(body -> CompletionRequest.parse(body, OFFER))),
                    new Route(HttpMethod.POST, "/v1/chat/completions", reading(body -> ChatRequest.parse(body, OFFER))),
                    new Route(HttpMethod.GET, "/", exchange -> exchange.reply("text/plain", "ok"))));
    private static final Body.Memory BODIES = new Body.Memory(10 * MAX_BODY);
    private static final Pipeline PIPELINE = new Pipeline(
            MAX_BODY,
            BODIES,
            Optional.empty(),
            new Connections(CONFIG.limits(), RequestListener.NONE),
            ROUTER,
            SERVICE);

    private PipelineFuzzer() {}

    private static Handler reading(Function<byte[], Object> parse) {
        return exchange -> {
            exchange.request().body().read(parse);
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
        EmbeddedChannel channel = new EmbeddedChannel();
        PIPELINE.addHttp(channel.pipeline());
        int piece = 1 + (input[0] & 0xff);
        for (int at = 1; at < input.length && channel.isOpen(); at += piece) {
            int length = Math.min(piece, input.length - at);
            channel.writeInbound(Unpooled.copiedBuffer(input, at, length));
            channel.runPendingTasks();
        }
        requireReplies(drain(channel));
        channel.finishAndReleaseAll();
        require(BODIES.used() == 0, "bytes of bodies are still counted");
    }

    private static String drain(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        return text.toString();
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

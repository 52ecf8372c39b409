package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request and its reply. Owned by the connection's event loop; {@link #later} brings work there. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class Exchange {
    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream; charset=utf-8";

    private final ChannelHandlerContext ctx;
    private final Request request;
    private final Duration stallTimeout;
    private final String id = "req_" + UUID.randomUUID();

    private @Nullable SseStream stream;
    private Runnable onGone = () -> {};
    private boolean gone;
    private boolean replied;

    Exchange(ChannelHandlerContext ctx, Request request, Duration stallTimeout) {
        this.ctx = ctx;
        this.request = request;
        this.stallTimeout = stallTimeout;
    }

    Request request() {
        return request;
    }

    /** Runs something on the event loop, unless the client has gone by then. May be called from any thread. */
    void later(Runnable work) {
        ctx.executor().execute(() -> {
            if (!gone) {
                work.run();
            }
        });
    }

    /** What to do if the client leaves before it has its reply; done at once if it has. May be called from any thread. */
    void onGone(Runnable cancel) {
        ctx.executor().execute(() -> {
            if (gone) {
                cancel.run();
            } else {
                onGone = cancel;
            }
        });
    }

    /** The client has left. */
    void gone() {
        if (!gone) {
            gone = true;
            if (stream != null) {
                stream.abandon();
            }
            onGone.run();
        }
    }

    /** The socket takes bytes again. */
    void writable() {
        if (stream != null) {
            stream.drain();
        }
    }

    void reply(Object json) {
        reply(HttpResponseStatus.OK, JSON, Json.write(json), Map.of());
    }

    void reply(String contentType, String text) {
        reply(HttpResponseStatus.OK, contentType, text, Map.of());
    }

    /** Tells the client what went wrong: as the reply, or in a stream as its last event. */
    void fail(ApiError error) {
        if (stream != null) {
            stream.send(Json.write(error.body()));
            stream.breakOff();
        } else {
            reply(HttpResponseStatus.valueOf(error.status()), JSON, Json.write(error.body()), error.headers());
        }
    }

    private void reply(HttpResponseStatus status, String type, String text, Map<String, String> more) {
        if (replied || gone) {
            return;
        }
        replied = true;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean head = request.method().equals(HttpMethod.HEAD);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes));
        more.forEach(response.headers()::set);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
        describe(response, type, request.keepAlive());
        ended(ctx.writeAndFlush(response), request.keepAlive());
    }

    private void describe(HttpResponse response, String type, boolean keepAlive) {
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, type);
        headers.set("x-request-id", id);
        headers.set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    }

    /** Begins a reply of events, or returns the one that has begun. */
    SseStream stream() {
        if (stream == null) {
            replied = true;
            boolean keepAlive = request.keepAlive() && request.chunks();
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers().set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
            if (request.chunks()) {
                response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
            describe(response, EVENTS, keepAlive);
            ctx.writeAndFlush(response);
            stream = new SseStream(ctx, stallTimeout, last -> ended(last, keepAlive));
        }
        return stream;
    }

    private void ended(ChannelFuture last, boolean keepAlive) {
        ScheduledFuture<?> stalled =
                ctx.executor().schedule(() -> ctx.close(), stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
        last.addListener(written -> {
            stalled.cancel(false);
            onGone = () -> {};
            if (!written.isSuccess() || !keepAlive) {
                ctx.close();
            } else {
                ctx.pipeline().fireUserEventTriggered(Progress.REPLY_WRITTEN);
            }
        });
    }

    /**
     * Answers a message that is no proper request, and closes the connection. The client may still be sending: a socket
     * that is closed at once would throw away the answer with what has not been read.
     */
    static void refuse(ChannelHandlerContext ctx, ApiError error) {
        byte[] bytes = Json.write(error.body()).getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(error.status()), Unpooled.wrappedBuffer(bytes));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set("x-request-id", "req_" + UUID.randomUUID())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ctx.pipeline().fireUserEventTriggered(Progress.CLOSING);
        ctx.writeAndFlush(response).addListener(written -> closeOutput(ctx.channel()));
    }

    private static void closeOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }
}

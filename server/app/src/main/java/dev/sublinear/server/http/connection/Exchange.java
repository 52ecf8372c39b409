package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.connection.wire.PacedWriter;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request and its reply. Owned by the connection's event loop; {@link #later} brings work there. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
public final class Exchange {
    public static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    static final String REQUEST_ID = "x-request-id";

    private final ChannelHandlerContext ctx;
    private final Request request;
    private final ExchangeContext context;
    private final SharedMemory memory;
    private final String id = newId();
    private final Map<String, String> extraHeaders = new LinkedHashMap<>();

    private @Nullable String caller;
    private @Nullable RequestBody body;
    private @Nullable SseStream stream;
    private @Nullable PacedWriter writer; // of a long reply that is no stream
    private Runnable onGone = () -> {};
    private Runnable onEnded = () -> {};
    private boolean lastOfConnection;
    private boolean begun;
    private boolean cancelled;
    private boolean gone;
    private boolean replied;
    private volatile boolean ended;
    private int status;
    private long bytes;

    /**
     * An exchange whose request's head has arrived.
     *
     * @param memory where its body will be held
     */
    Exchange(ChannelHandlerContext ctx, Request request, ExchangeContext context, SharedMemory memory) {
        this.ctx = ctx;
        this.request = request;
        this.context = context;
        this.memory = memory;
    }

    /** The whole request has arrived. */
    void begin() {
        begun = true;
        if (isWaitedFor()) {
            context.inFlight().begun();
        }
    }

    /** The connection closes after the reply, because where the next request begins is not known. */
    void endsConnection() {
        lastOfConnection = true;
    }

    /** Whether a server that stops waits for this exchange: for generation, not for pages that watch. */
    private boolean isWaitedFor() {
        return request.method().equals(Request.POST);
    }

    static String newId() {
        return "req_" + UUID.randomUUID();
    }

    public Request request() {
        return request;
    }

    /** What of its body has arrived, in the share of who sent it. */
    public RequestBody body() {
        if (body == null) {
            body = new RequestBody(memory, callerOrAddress());
        }
        return body;
    }

    /** Returns the name of the caller's key; empty where the server needs no keys. */
    public String caller() {
        return caller == null ? "" : caller;
    }

    /** Returns the name of the caller's key, or the caller's address where the server needs no keys; of IPv6 its network. */
    public String callerOrAddress() {
        return caller == null ? Network.name(ctx.channel()) : caller;
    }

    public void calledBy(String name) {
        caller = name;
    }

    /** Adds headers to the reply, whatever it will be. */
    public void addHeaders(Map<String, String> headers) {
        extraHeaders.putAll(headers);
    }

    /**
     * Runs something on the event loop, unless the client has gone or has a whole reply by then. May be called from any
     * thread.
     */
    public void later(Runnable work) {
        ctx.executor().execute(() -> {
            boolean answered = replied && stream == null;
            if (!isOver() && !answered) {
                work.run();
            }
        });
    }

    private boolean isOver() {
        return gone || ended;
    }

    /** Runs something on the event loop after some time, unless the client has gone or has its whole reply by then. */
    public void after(Duration time, Runnable work) {
        ctx.executor()
                .schedule(
                        () -> {
                            if (!isOver()) {
                                work.run();
                            }
                        },
                        time.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** Whether nobody waits for a reply any more: it has been given, or the client has gone. Any thread may ask. */
    public boolean hasEnded() {
        return ended;
    }

    /** Whether the server is stopping and waits for its exchanges to end. */
    public boolean isDraining() {
        return context.inFlight().isDraining();
    }

    /**
     * Runs something on the event loop after some time, unless the client has gone or its reply has begun by then. May be
     * called from any thread.
     */
    public void ifSilentFor(Duration time, Runnable work) {
        ctx.executor()
                .schedule(
                        () -> {
                            if (!gone && !replied) {
                                work.run();
                            }
                        },
                        time.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /**
     * Runs {@code cancel} when the client leaves before it has its reply, or is told an error; or now if that has happened. May be
     * called from any thread.
     */
    public void onGone(Runnable cancel) {
        ctx.executor().execute(() -> {
            onGone = cancel;
            if (cancelled) {
                cancel();
            }
        });
    }

    /**
     * Runs {@code release} once the reply is written or the client has gone; or now if that has happened. May be called from any
     * thread, for one thing that the reply holds.
     */
    public void onEnded(Runnable release) {
        ctx.executor().execute(() -> {
            onEnded = release;
            if (ended) {
                release.run();
            }
        });
    }

    /** Nobody will read what is still being made for this reply. */
    private void cancel() {
        cancelled = true;
        Runnable once = onGone;
        onGone = () -> {};
        once.run();
    }

    /** The client has left. */
    void gone() {
        if (!gone) {
            gone = true;
            if (stream != null) {
                stream.abandon();
            }
            if (writer != null) {
                writer.stop();
            }
            cancel();
            end("gone");
        }
    }

    /** The socket takes bytes again. */
    void writable() {
        if (stream != null) {
            stream.drain();
        }
        if (writer != null) {
            writer.drain();
        }
    }

    public void reply(Object json) {
        reply(HttpResponseStatus.OK, JSON, Json.write(json), Map.of());
    }

    public void reply(String contentType, String text) {
        reply(HttpResponseStatus.OK, contentType, text, Map.of());
    }

    /** Replies with a file, or with 304 if the client's copy has the same tag. */
    public void reply(String contentType, byte[] content, String tag) {
        boolean known = tag.equals(request.headers().get("if-none-match"));
        HttpResponseStatus as = known ? HttpResponseStatus.NOT_MODIFIED : HttpResponseStatus.OK;
        reply(as, contentType, known ? new byte[0] : content, Map.of("etag", tag));
    }

    public void replyNothing() {
        reply(HttpResponseStatus.NO_CONTENT, JSON, "", Map.of());
    }

    /** Replies with an error, or ends the stream with one. */
    public void fail(ApiError error) {
        if (stream != null) {
            stream.send(Json.write(error.body()));
            breakOff();
        } else {
            cancel();
            reply(HttpResponseStatus.valueOf(error.status()), JSON, Json.write(error.body()), error.headers());
        }
    }

    /** Ends the stream, whose last event has told an error, and what is done for it. */
    public void breakOff() {
        cancel();
        stream().breakOff();
    }

    private void reply(HttpResponseStatus as, String type, String text, Map<String, String> more) {
        reply(as, type, text.getBytes(StandardCharsets.UTF_8), more);
    }

    private void reply(HttpResponseStatus as, String type, byte[] content, Map<String, String> more) {
        if (replied || gone) {
            return;
        }
        replied = true;
        status = as.code();
        boolean head = request.method().equals(Request.HEAD);
        bytes = head ? 0 : content.length;
        boolean isShort = head || content.length <= PacedWriter.PART;
        HttpResponse response = isShort
                ? new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, as, Unpooled.wrappedBuffer(content))
                : new DefaultHttpResponse(HttpVersion.HTTP_1_1, as);
        more.forEach(response.headers()::set);
        if (!as.equals(HttpResponseStatus.NO_CONTENT) && !as.equals(HttpResponseStatus.NOT_MODIFIED)) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.length);
        }
        boolean keepAlive = describe(response, type, request.keepAlive());
        if (isShort) {
            written(ctx.writeAndFlush(response), keepAlive);
        } else {
            ctx.write(response);
            writer = new PacedWriter(
                    ctx, PacedWriter.parts(content), context.timeouts().stall(), this::stalled);
            writer.end(last -> written(last, keepAlive));
        }
    }

    /** Sets the headers that all replies have, and returns whether the connection stays open. */
    private boolean describe(HttpResponse response, String type, boolean mayStay) {
        boolean stays = mayStay && !lastOfConnection && !context.inFlight().isDraining();
        HttpHeaders headers = response.headers();
        extraHeaders.forEach(headers::set);
        headers.set(HttpHeaderNames.CONTENT_TYPE, type);
        headers.set(REQUEST_ID, id);
        headers.set(HttpHeaderNames.CONNECTION, stays ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        return stays;
    }

    /** Whether the reply is a stream of events that has begun. */
    public boolean isStreaming() {
        return stream != null;
    }

    /** Begins a stream of events as the reply, or returns the one that has begun; in reply to HEAD it ends with its head. */
    public SseStream stream() {
        if (stream == null) {
            replied = true;
            status = HttpResponseStatus.OK.code();
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers().set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
            response.headers().set("x-accel-buffering", "no"); // nginx would collect events before it passes them on
            if (request.chunks()) {
                response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
            boolean keepAlive = describe(response, EVENTS, request.keepAlive() && request.chunks());
            ctx.writeAndFlush(response);
            stream = new SseStream(ctx, context, new SseStream.Ending() {
                @Override
                public void complete(ChannelFuture last) {
                    written(last, keepAlive);
                }

                @Override
                public void broken(ChannelFuture last) {
                    cancel();
                    end("cut");
                    written(last, false);
                }

                @Override
                public void stalled() {
                    Exchange.this.stalled();
                }
            });
            if (request.method().equals(Request.HEAD)) {
                stream.complete();
            }
        }
        return stream;
    }

    private void written(ChannelFuture last, boolean keepAlive) {
        ScheduledFuture<?> stalled = ctx.executor()
                .schedule(this::stalled, context.timeouts().stall().toNanos(), TimeUnit.NANOSECONDS);
        last.addListener(written -> {
            stalled.cancel(false);
            onGone = () -> {};
            end(written.isSuccess() ? "complete" : "gone");
            if (!written.isSuccess() || !keepAlive || context.inFlight().isDraining()) {
                ctx.close();
            } else {
                ctx.pipeline().fireUserEventTriggered(ConnectionEvent.REPLY_WRITTEN);
            }
        });
    }

    private void stalled() {
        context.listener().onReaderStalled();
        end("cut");
        ctx.close();
    }

    private void end(String how) {
        if (ended) {
            return;
        }
        ended = true;
        body().forget();
        onEnded.run();
        if (begun && isWaitedFor()) {
            context.inFlight().ended();
        }
        long sent = stream == null ? bytes : stream.bytes();
        context.accessLog().add(AccessLog.Line.of(id, request, remote(ctx), caller, status, sent, how));
    }

    static String remote(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }
}

package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the parts of a request into a {@link Request}, with a body up to the limit. Where the message is broken or too
 * large it passes on an {@link ApiError} instead, and ignores the rest of the connection, which cannot be trusted.
 *
 * <p>Copies the body out of Netty's buffers, so that no later handler has to release any.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class RequestCollector extends ChannelInboundHandlerAdapter {
    /** Methods whose target or body has a meaning of its own, which no route here has. */
    private static final Set<HttpMethod> NEVER = Set.of(HttpMethod.CONNECT, HttpMethod.TRACE);

    private static final int MAX_HEADERS = 100;
    private static final int FIRST_BYTES = 8192; // grows as bytes come: a client may declare a length and send less
    private static final int RETRY_SECONDS = 1;

    private final int maxBody;
    private final RequestBody.Memory memory;
    private @Nullable HttpRequest head;
    private ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private long arrivedNanos;
    private boolean refused;

    /** @param memory for the bodies of all connections */
    RequestCollector(int maxBody, RequestBody.Memory memory) {
        this.maxBody = maxBody;
        this.memory = memory;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object part) {
        try {
            if (!refused) {
                collect(ctx, (HttpObject) part);
            }
        } catch (ApiError e) {
            refused = true;
            forget();
            ctx.fireChannelRead(e);
        } finally {
            ReferenceCountUtil.release(part);
        }
    }

    private void collect(ChannelHandlerContext ctx, HttpObject part) {
        requireDecoded(part.decoderResult());
        if (part instanceof HttpRequest request) {
            begin(ctx, request);
        }
        if (part instanceof HttpContent content) {
            append(content);
        }
        if (part instanceof LastHttpContent && head != null) {
            complete(ctx, head);
        }
    }

    private static void requireDecoded(DecoderResult result) {
        if (result.isFailure()) {
            if (result.cause() instanceof TooLongHttpLineException) {
                throw ApiError.uriTooLong();
            }
            if (result.cause() instanceof TooLongHttpHeaderException) {
                throw ApiError.headersTooLarge();
            }
            throw ApiError.badRequest("the message is not valid HTTP");
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        requireUnambiguous(request);
        long declared = HttpUtil.getContentLength(request, 0L);
        if (declared > maxBody) {
            throw ApiError.tooLarge(maxBody);
        }
        head = request;
        arrivedNanos = System.nanoTime();
        body = new ByteArrayOutputStream((int) Math.min(declared, FIRST_BYTES));
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.HEAD_READ);
        if (HttpUtil.is100ContinueExpected(request)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private static void requireUnambiguous(HttpRequest request) {
        if (NEVER.contains(request.method())) {
            throw ApiError.methodNotAllowed("GET, HEAD, POST");
        }
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            throw ApiError.httpVersion();
        }
        HttpHeaders headers = request.headers();
        if (headers.size() > MAX_HEADERS) {
            throw ApiError.headersTooLarge();
        }
        requireNoOtherProtocol(headers);
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty()) {
            boolean chunked = codings.size() == 1 && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0));
            if (!chunked || version.equals(HttpVersion.HTTP_1_0)) {
                throw ApiError.badRequest("the only transfer encoding is chunked, in HTTP/1.1");
            }
        }
        if (version.equals(HttpVersion.HTTP_1_1)
                && headers.getAll(HttpHeaderNames.HOST).size() != 1) {
            throw ApiError.badRequest("there must be one Host header");
        }
        if (headers.contains(HttpHeaderNames.EXPECT) && !HttpUtil.is100ContinueExpected(request)) {
            throw ApiError.expectationFailed();
        }
    }

    /** A client that offers HTTP/2 continues with 1.1 if the offer is ignored; one that wants a WebSocket cannot continue. */
    private static void requireNoOtherProtocol(HttpHeaders headers) {
        if (headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            throw ApiError.badRequest("there are no WebSockets here");
        }
    }

    private void append(HttpContent content) {
        int length = content.content().readableBytes();
        if (length > maxBody - body.size()) {
            throw ApiError.tooLarge(maxBody);
        }
        if (!memory.reserve(length)) {
            throw ApiError.unavailable("server_overloaded", RETRY_SECONDS, "too many bytes of requests are held");
        }
        byte[] bytes = new byte[length];
        content.content().readBytes(bytes);
        body.writeBytes(bytes);
    }

    private void complete(ChannelHandlerContext ctx, HttpRequest request) {
        String path = Target.path(request, ctx.pipeline().get(SslHandler.class) != null);
        RequestBody whole = new RequestBody(body.toByteArray(), memory);
        head = null;
        body = new ByteArrayOutputStream(0);
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.REQUEST_READ);
        ctx.fireChannelRead(new Request(
                request.method().name(),
                path,
                new Headers(request.headers()),
                whole,
                HttpUtil.isKeepAlive(request),
                request.protocolVersion().equals(HttpVersion.HTTP_1_1),
                arrivedNanos));
    }

    private void forget() {
        memory.free(body.size());
        body = new ByteArrayOutputStream(0);
        head = null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        forget();
        ctx.fireChannelInactive();
    }
}

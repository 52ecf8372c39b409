package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.connection.wire.ReplyEncoder;
import dev.sublinear.server.http.connection.wire.StrictRequestDecoder;
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
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the parts of a request into an {@link Exchange}, with a body up to the limit. Where the message is broken or too
 * large it passes on an {@link ApiError} instead, and ignores the rest of the connection, which cannot be trusted.
 *
 * <p>Who may come in is decided by the head; of a request that may not, and of one that has no use for it, no byte of the
 * body is held. Copies the body out of Netty's buffers, so that no later handler has to release any.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class RequestCollector extends ChannelInboundHandlerAdapter {
    /** Methods whose target or body has a meaning of its own, which no route here has. */
    private static final Set<HttpMethod> NEVER = Set.of(HttpMethod.CONNECT, HttpMethod.TRACE);

    private static final int RETRY_SECONDS = 1;

    private final int maxBody;
    private final SharedMemory memory;
    private final Entrance entrance;
    private final ExchangeContext context;
    private @Nullable Arrival arriving;
    private int most; // bytes of its body, as far as the head says
    private int ignored; // bytes of its body that nobody wants
    private boolean refused;

    /** @param memory for the bodies of all connections */
    RequestCollector(int maxBody, SharedMemory memory, Entrance entrance, ExchangeContext context) {
        this.maxBody = maxBody;
        this.memory = memory;
        this.entrance = entrance;
        this.context = context;
    }

    /**
     * A request that is coming, or has come.
     *
     * @param wantsBody whether its body is held
     * @param handler answers it once it has come whole
     */
    record Arrival(Exchange exchange, boolean wantsBody, Handler handler) {
        void answer() {
            handler.handle(exchange);
        }
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
        if (part instanceof HttpRequest request) {
            ctx.pipeline().get(ReplyEncoder.class).repliesTo(request.method());
        }
        requireDecoded(part.decoderResult(), part instanceof HttpRequest);
        if (part instanceof HttpRequest request) {
            begin(ctx, request);
        }
        if (part instanceof HttpContent content && arriving != null) {
            append(content, arriving);
        }
        if (part instanceof LastHttpContent && arriving != null) {
            complete(ctx, arriving);
        }
    }

    private static void requireDecoded(DecoderResult result, boolean isHead) {
        if (result.isFailure()) {
            if (result.cause() instanceof TooLongHttpLineException) {
                throw isHead
                        ? ApiError.uriTooLong(StrictRequestDecoder.MAX_LINE)
                        : ApiError.badRequest("the line with the size of a chunk must not be longer than "
                                + StrictRequestDecoder.MAX_LINE + " bytes, extensions included");
            }
            if (result.cause() instanceof TooLongHttpHeaderException) {
                throw ApiError.headersTooLarge(StrictRequestDecoder.MAX_HEADER_BYTES, StrictRequestDecoder.MAX_HEADERS);
            }
            if (result.cause() instanceof StrictRequestDecoder.HeadsHeldException) {
                throw ApiError.unavailable(
                        "server_overloaded", RETRY_SECONDS, "too many bytes of your requests' heads are held");
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
        most = (int) Math.max(declared, HttpUtil.isTransferEncodingChunked(request) ? maxBody : 0);
        ignored = 0;
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.HEAD_READ);
        Arrival arrival = admit(new Exchange(ctx, head(ctx, request), context, memory));
        if (!HttpUtil.is100ContinueExpected(request)) {
            arriving = arrival;
        } else if (arrival.wantsBody()) {
            arriving = arrival;
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        } else {
            refused = true; // whether its body follows is up to the client
            arrival.exchange().endsConnection();
            complete(ctx, arrival);
        }
    }

    private static Request head(ChannelHandlerContext ctx, HttpRequest request) {
        return new Request(
                request.method().name(),
                Target.path(request, ctx.pipeline().get(SslHandler.class) != null),
                new Headers(request.headers()),
                HttpUtil.isKeepAlive(request),
                request.protocolVersion().equals(HttpVersion.HTTP_1_1),
                System.nanoTime());
    }

    private Arrival admit(Exchange exchange) {
        try {
            Handler handler = entrance.admit(exchange);
            boolean wantsBody = exchange.request().method().equals(Request.POST);
            return new Arrival(exchange, wantsBody, handler);
        } catch (ApiError e) {
            return new Arrival(exchange, false, whole -> whole.fail(e));
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

    private void append(HttpContent content, Arrival arrival) {
        RequestBody body = arrival.exchange().body();
        int length = content.content().readableBytes();
        if (length > maxBody - body.length() - ignored) {
            throw ApiError.tooLarge(maxBody);
        }
        if (!arrival.wantsBody()) {
            ignored += length;
        } else if (!body.append(content.content(), most)) {
            throw ApiError.unavailable("server_overloaded", RETRY_SECONDS, "too many bytes of your requests are held");
        }
    }

    private void complete(ChannelHandlerContext ctx, Arrival arrival) {
        arriving = null;
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.REQUEST_READ);
        ctx.fireChannelRead(arrival);
    }

    private void forget() {
        if (arriving != null) {
            arriving.exchange().body().forget();
            arriving = null;
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ConnectionEvent.CLOSING) {
            refused = true;
            forget();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        forget();
        ctx.fireChannelInactive();
    }
}

package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** The reply to a message that is not a valid request. The connection ends with it. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class Refusal {
    private Refusal() {}

    /** Closes only this side: the client may still be sending, and a socket closed with bytes unread drops the reply. */
    static void send(ChannelHandlerContext ctx, ApiError error, AccessLog log) {
        byte[] bytes = Json.write(error.body()).getBytes(StandardCharsets.UTF_8);
        String id = Exchange.newId();
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(error.status()), Unpooled.wrappedBuffer(bytes));
        error.headers().forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set("x-request-id", id)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.CLOSING);
        ctx.writeAndFlush(response).addListener(written -> closeOutput(ctx.channel()));
        log.add(new AccessLog.Line(
                Instant.now().toString(),
                id,
                null,
                Exchange.remote(ctx),
                null,
                null,
                null,
                error.status(),
                bytes.length,
                0,
                "cut",
                null));
    }

    private static void closeOutput(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }
}

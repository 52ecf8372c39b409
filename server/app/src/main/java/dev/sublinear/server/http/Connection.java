package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the requests of one connection answered, and tells the one in progress how the socket fares. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Router router;
    private final Service service;
    private @Nullable Exchange current;

    Connection(Router router, Service service) {
        this.router = router;
        this.service = service;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ApiError error) {
            Refusal.send(ctx, error, service.accessLog());
        } else {
            Exchange exchange = new Exchange(ctx, (Request) message, service);
            current = exchange;
            router.route(exchange);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Progress.REQUEST_LATE) {
            Refusal.send(ctx, ApiError.requestTimeout(), service.accessLog());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (current != null) {
            current.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (current != null) {
            current.gone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean ofTheClient = cause instanceof IOException || cause.getCause() instanceof SSLException;
        if (!ofTheClient) {
            LOG.error("A connection failed", cause);
        }
        ctx.close();
    }
}

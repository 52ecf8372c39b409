package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last handler of a connection: passes its requests to the routes, and tells the one in progress how the socket fares. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class RequestDispatcher extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(RequestDispatcher.class);

    private final ExchangeContext context;
    private @Nullable Exchange current;

    RequestDispatcher(ExchangeContext context) {
        this.context = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ApiError error) {
            Refusal.send(ctx, error, context.accessLog());
        } else {
            RequestCollector.Arrival arrival = (RequestCollector.Arrival) message;
            current = arrival.exchange();
            current.begin();
            arrival.answer();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ConnectionEvent.REQUEST_LATE) {
            Refusal.send(ctx, ApiError.requestTimeout(), context.accessLog());
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
        boolean isTheClients = cause instanceof IOException || cause.getCause() instanceof SSLException;
        if (!isTheClients) {
            LOG.error("A connection failed", cause);
        }
        ctx.close();
    }
}

package dev.sublinear.server.http.connection;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;

/**
 * Lets a request through only when the one before it has its reply.
 *
 * <p>Requests that a client sends ahead stay in its socket: reading stops at the first part of the next request and goes
 * on after the reply. Until such a part arrives reading goes on, because that is how a client that leaves is noticed.
 */
final class OneAtATime extends ChannelInboundHandlerAdapter {
    private final ArrayDeque<Object> ahead = new ArrayDeque<>(); // at most the parts that one read brings
    private boolean replying;
    private boolean draining;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object part) {
        if (replying || !ahead.isEmpty()) {
            ahead.add(part);
            ctx.channel().config().setAutoRead(false);
        } else {
            pass(ctx, part);
        }
    }

    private void pass(ChannelHandlerContext ctx, Object part) {
        if (part instanceof LastHttpContent) {
            replying = true; // before it is passed: the reply may come at once
        }
        ctx.fireChannelRead(part);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event == ConnectionEvent.REPLY_WRITTEN) {
            replying = false;
            drain(ctx);
        } else if (event == ConnectionEvent.CLOSING) {
            replying = true;
            forget();
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void drain(ChannelHandlerContext ctx) {
        if (draining) {
            return; // the reply came while its request was being passed: the loop below goes on
        }
        draining = true;
        while (!replying && !ahead.isEmpty()) {
            pass(ctx, ahead.remove());
        }
        draining = false;
        if (ahead.isEmpty()) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        forget();
        ctx.fireChannelInactive();
    }

    private void forget() {
        ahead.forEach(ReferenceCountUtil::release);
        ahead.clear();
    }
}

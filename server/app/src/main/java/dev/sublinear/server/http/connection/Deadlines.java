package dev.sublinear.server.http.connection;

import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the time that a request takes to arrive, and that a connection stays idle. The deadlines count from the first
 * byte of the request and later bytes do not move them, so a client that sends a byte now and then gains nothing.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class Deadlines extends ChannelInboundHandlerAdapter {
    /** The most bytes that a client may send after its last reply, before the connection is cut. */
    private static final int MAX_IGNORED_BYTES = 1 << 16;

    /** The longest that a connection stays open after its last reply. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final HttpConfig.Timeouts timeouts;
    private State state = State.IDLE;
    private int ignoredBytes;
    private @Nullable ScheduledFuture<?> deadline;

    private enum State {
        IDLE,
        RECEIVING,
        REPLYING,
        CLOSING
    }

    Deadlines(HttpConfig.Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        within(ctx, timeouts.idle(), ctx::close);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (state == State.CLOSING) {
            ignore(ctx, bytes);
            return;
        }
        if (state == State.IDLE) {
            state = State.RECEIVING;
            within(ctx, timeouts.header(), () -> late(ctx));
        }
        ctx.fireChannelRead(bytes);
    }

    private void ignore(ChannelHandlerContext ctx, Object bytes) {
        ignoredBytes += bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        ReferenceCountUtil.release(bytes);
        if (ignoredBytes > MAX_IGNORED_BYTES) {
            ctx.close();
        }
    }

    private static void late(ChannelHandlerContext ctx) {
        ctx.pipeline().fireUserEventTriggered(ConnectionEvent.REQUEST_LATE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ConnectionEvent.HEAD_READ) {
            within(ctx, timeouts.body(), () -> late(ctx));
        } else if (event == ConnectionEvent.REQUEST_READ) {
            state = State.REPLYING;
            cancel();
        } else if (event == ConnectionEvent.REPLY_WRITTEN) {
            state = State.IDLE;
            within(ctx, timeouts.idle(), ctx::close);
        } else if (event == ConnectionEvent.CLOSING) {
            state = State.CLOSING;
            within(ctx, LINGER, ctx::close);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancel();
        ctx.fireChannelInactive();
    }

    private void within(ChannelHandlerContext ctx, Duration time, Runnable otherwise) {
        cancel();
        deadline = ctx.executor().schedule(otherwise, time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void cancel() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }
}

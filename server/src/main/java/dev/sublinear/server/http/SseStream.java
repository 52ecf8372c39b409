package dev.sublinear.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A reply of server-sent events. Owned by the connection's event loop.
 *
 * <p>Writes only what the socket takes. What a slow client has not read yet waits here, up to a limit; a client that
 * reads nothing for too long, or lets too much gather, is cut off.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
final class SseStream {
    private static final int MAX_WAITING = 1 << 18; // characters
    private static final Duration PING = Duration.ofSeconds(15);

    private final ChannelHandlerContext ctx;
    private final Duration stallTimeout;
    private final Consumer<ChannelFuture> onLast;
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private final ScheduledFuture<?> pings;
    private @Nullable ScheduledFuture<?> stall;
    private int waitingLength;
    private End end = End.OPEN;

    private enum End {
        OPEN,
        /** Ends once all is written. */
        COMPLETE,
        /** The connection closes then, too. */
        BROKEN,
        WRITTEN
    }

    /** @param onLast gets the future of the last write */
    SseStream(ChannelHandlerContext ctx, Duration stallTimeout, Consumer<ChannelFuture> onLast) {
        this.ctx = ctx;
        this.stallTimeout = stallTimeout;
        this.onLast = onLast;
        long seconds = PING.toSeconds();
        this.pings = ctx.executor().scheduleAtFixedRate(this::ping, seconds, seconds, TimeUnit.SECONDS);
    }

    /** Sends an event; {@code data} is one line. */
    void send(String data) {
        offer("data: " + data + "\n\n");
    }

    /** Sends the event that tells clients that they have everything, and ends the stream. */
    void complete() {
        send("[DONE]");
        finish(End.COMPLETE);
    }

    /** Ends the stream without that event: clients do not have everything. */
    void breakOff() {
        finish(End.BROKEN);
    }

    /** Ends nothing but the timers: there is no client. */
    void abandon() {
        end = End.WRITTEN;
        waiting.clear();
        pings.cancel(false);
        stopStall();
    }

    private void ping() {
        if (waiting.isEmpty()) {
            offer(": ping\n\n");
        }
    }

    private void offer(String event) {
        if (end != End.OPEN) {
            return;
        }
        waiting.add(event);
        waitingLength += event.length();
        drain();
        if (waitingLength > MAX_WAITING) {
            ctx.close();
        }
    }

    private void finish(End how) {
        if (end == End.OPEN) {
            end = how;
            pings.cancel(false);
            drain();
        }
    }

    /** Writes what waits, as long as the socket takes it. */
    void drain() {
        boolean wrote = false;
        while (!waiting.isEmpty() && ctx.channel().isWritable()) {
            String event = waiting.remove();
            waitingLength -= event.length();
            ByteBuf bytes = ByteBufUtil.writeUtf8(ctx.alloc(), event);
            ctx.write(new DefaultHttpContent(bytes));
            wrote = true;
        }
        if (wrote) {
            ctx.flush();
            stopStall();
        }
        if (waiting.isEmpty()) {
            writeLast();
        } else if (stall == null) {
            stall = ctx.executor().schedule(this::cutOff, stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void cutOff() {
        ctx.close();
    }

    private void writeLast() {
        if (end == End.COMPLETE || end == End.BROKEN) {
            boolean broken = end == End.BROKEN;
            end = End.WRITTEN;
            ChannelFuture last = ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            if (broken) {
                last.addListener(written -> ctx.close());
            } else {
                onLast.accept(last);
            }
        }
    }

    private void stopStall() {
        if (stall != null) {
            stall.cancel(false);
            stall = null;
        }
    }
}

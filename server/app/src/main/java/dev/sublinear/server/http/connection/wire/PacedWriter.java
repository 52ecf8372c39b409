package dev.sublinear.server.http.connection.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the body of a reply as fast as its client reads, however long it is: a part is asked for when the socket takes it, and
 * the rest fills no memory outside the heap. Owned by the connection's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
public final class PacedWriter {
    /** The most bytes of a part: a fraction of what a connection holds before it takes no more, 64 KiB. */
    public static final int PART = 16 << 10;

    private final ChannelHandlerContext ctx;
    private final Iterator<ByteBuf> parts;
    private final Duration stall;
    private final Runnable onStalled;
    private @Nullable Consumer<ChannelFuture> onLast;
    private @Nullable ScheduledFuture<?> stalled;
    private boolean draining;
    private long bytes;

    /**
     * A writer.
     *
     * @param parts there may be more of them each time that {@link #drain} is called
     * @param stall how long the client may take nothing
     * @param onStalled called when it has taken nothing for so long
     */
    public PacedWriter(ChannelHandlerContext ctx, Iterator<ByteBuf> parts, Duration stall, Runnable onStalled) {
        this.ctx = ctx;
        this.parts = parts;
        this.stall = stall;
        this.onStalled = onStalled;
    }

    /** Returns a whole content in parts. */
    public static Iterator<ByteBuf> parts(byte[] content) {
        return IntStream.iterate(0, at -> at < content.length, at -> at + PART)
                .mapToObj(at -> Unpooled.wrappedBuffer(content, at, Math.min(PART, content.length - at)))
                .iterator();
    }

    /** Returns the number of bytes that have been written. */
    public long bytes() {
        return bytes;
    }

    /** Writes the parts that there are, as long as the socket takes them. */
    public void drain() {
        if (draining || !ctx.channel().isActive()) {
            return; // a write has made the socket take more, and it goes on below; or the client has gone
        }
        draining = true;
        try {
            write();
        } finally {
            draining = false;
        }
        if (!parts.hasNext()) {
            writeLast();
        } else if (ctx.channel().isWritable()) {
            ctx.executor().execute(this::drain); // after the turns of other connections
        } else if (stalled == null) {
            stalled = ctx.executor().schedule(onStalled, stall.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void write() {
        boolean wrote = false;
        while (ctx.channel().isWritable() && parts.hasNext()) {
            ByteBuf part = parts.next();
            bytes += part.readableBytes();
            ctx.write(new DefaultHttpContent(part));
            wrote = true;
        }
        if (wrote) {
            ctx.flush();
            stop();
        }
    }

    /** Ends the body once there are no more parts. */
    public void end(Consumer<ChannelFuture> hearing) {
        onLast = hearing;
        drain();
    }

    private void writeLast() {
        if (onLast != null) {
            Consumer<ChannelFuture> hearing = onLast;
            onLast = null;
            hearing.accept(ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
        }
    }

    /** Stops the timer. */
    public void stop() {
        if (stalled != null) {
            stalled.cancel(false);
            stalled = null;
        }
    }
}

package dev.sublinear.server.http.connection;

import com.fasterxml.jackson.databind.util.RawValue;
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
import org.jspecify.annotations.Nullable;

/**
 * A reply of server-sent events. Owned by the connection's event loop.
 *
 * <p>Writes only as much as the socket takes. Events that a slow client has not read yet wait here, up to a limit; a client
 * that reads nothing for too long, or for which too much waits, is cut off.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, and that is heard of
public final class SseStream {
    private static final int MAX_WAITING = 1 << 18; // characters
    public static final Duration PING = Duration.ofSeconds(15);

    /** The event that tells most clients the end. */
    public static final Object DONE = new RawValue("[DONE]");

    private final ChannelHandlerContext ctx;
    private final ExchangeContext context;
    private final Ending ending;
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private final ScheduledFuture<?> pings;
    private @Nullable ScheduledFuture<?> stall;
    private int waitingLength;
    private long bytes;
    private End end = End.OPEN;

    private enum End {
        OPEN,
        /** Ends once all is written. */
        COMPLETE,
        /** The connection closes then, too. */
        BROKEN,
        WRITTEN
    }

    /** Hears how the stream ends; both methods get the future of the last write. */
    interface Ending {
        /** Everything has been sent. */
        void complete(ChannelFuture last);

        /** Not everything has been sent. */
        void broken(ChannelFuture last);
    }

    SseStream(ChannelHandlerContext ctx, ExchangeContext context, Ending ending) {
        this.ctx = ctx;
        this.context = context;
        this.ending = ending;
        long seconds = PING.toSeconds();
        this.pings = ctx.executor().scheduleAtFixedRate(this::ping, seconds, seconds, TimeUnit.SECONDS);
    }

    /** Returns the number of bytes of events that have been written. */
    long bytes() {
        return bytes;
    }

    /** Sends an event; {@code data} is one line. */
    public void send(String data) {
        send("", data);
    }

    /**
     * Sends an event. A client that is too far behind is cut off.
     *
     * @param name empty for none
     */
    public void send(String name, String data) {
        if (waitingLength > MAX_WAITING) {
            cutOff();
        } else {
            offer(event(name, data));
        }
    }

    /** Sends an event at the end of an answer, even if too much waits: it may repeat the answer, and little follows it. */
    public void sendLast(String name, String data) {
        offer(event(name, data));
    }

    private static String event(String name, String data) {
        return (name.isEmpty() ? "" : "event: " + name + "\n") + "data: " + data + "\n\n";
    }

    /** Whether events wait for the client to read. */
    public boolean isBehind() {
        return !waiting.isEmpty();
    }

    /** Ends the stream: its last event, {@link #DONE} or another, has told clients that they have everything. */
    public void complete() {
        finish(End.COMPLETE);
    }

    /** Ends the stream without such an event: clients do not have everything. */
    public void breakOff() {
        finish(End.BROKEN);
    }

    /** Stops the timers and sends nothing more: the client has gone. */
    void abandon() {
        end = End.WRITTEN;
        waiting.clear();
        pings.cancel(false);
        stopStall();
    }

    /** Sends a comment that shows that the server lives, unless events wait. */
    public void ping() {
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
    }

    private void finish(End how) {
        if (end == End.OPEN) {
            end = how;
            pings.cancel(false);
            drain();
        }
    }

    /** Writes the events that wait, as long as the socket takes them. */
    void drain() {
        boolean wrote = false;
        while (!waiting.isEmpty() && ctx.channel().isWritable()) {
            String event = waiting.remove();
            waitingLength -= event.length();
            ByteBuf encoded = ByteBufUtil.writeUtf8(ctx.alloc(), event);
            bytes += encoded.readableBytes();
            ctx.write(new DefaultHttpContent(encoded));
            wrote = true;
        }
        if (wrote) {
            ctx.flush();
            stopStall();
        }
        if (waiting.isEmpty()) {
            writeLast();
        } else if (stall == null) {
            stall = ctx.executor()
                    .schedule(this::cutOff, context.timeouts().stall().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void cutOff() {
        abandon();
        context.listener().onReaderStalled();
        ctx.close();
    }

    private void writeLast() {
        if (end == End.COMPLETE || end == End.BROKEN) {
            boolean broken = end == End.BROKEN;
            end = End.WRITTEN;
            ChannelFuture last = ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            if (broken) {
                ending.broken(last);
            } else {
                ending.complete(last);
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

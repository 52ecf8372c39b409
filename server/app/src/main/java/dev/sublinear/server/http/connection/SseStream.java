package dev.sublinear.server.http.connection;

import com.fasterxml.jackson.databind.util.RawValue;
import dev.sublinear.server.http.connection.wire.PacedWriter;
import dev.sublinear.server.http.connection.wire.Utf8Parts;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Json;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reply of server-sent events. Owned by the connection's event loop.
 *
 * <p>An event is made when the socket takes it, and written in parts: what a client has not read yet waits as what it will be
 * made of. A client that reads nothing for too long is cut off; who sends sees when too much waits.
 */
public final class SseStream {
    /** The bytes that may wait. */
    public static final int MAX_WAITING = 1 << 18;

    public static final Duration PING = Duration.ofSeconds(15);

    /** The event that tells most clients the end. */
    public static final Object DONE = new RawValue("[DONE]");

    private static final Logger LOG = LoggerFactory.getLogger(SseStream.class);

    private final ChannelHandlerContext ctx;
    private final ExchangeContext context;
    private final Ending ending;
    private final PacedWriter writer;
    private final ScheduledFuture<?> pings;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private Iterator<String> making = Collections.emptyIterator();
    private Iterator<ByteBuf> written = Collections.emptyIterator(); // parts of one event
    private int waitingBytes;
    private End end = End.OPEN;

    private enum End {
        OPEN,
        /** Ends once all is written. */
        COMPLETE,
        /** The connection closes then, too. */
        BROKEN
    }

    /** Events that are not made yet. */
    private record Waiting(int bytes, Supplier<Iterator<String>> events) {}

    /** Hears how the stream ends; the first two get the future of the last write. */
    interface Ending {
        /** Everything has been sent. */
        void complete(ChannelFuture last);

        /** Not everything has been sent. */
        void broken(ChannelFuture last);

        /** The client has read nothing for too long. */
        void stalled();
    }

    SseStream(ChannelHandlerContext ctx, ExchangeContext context, Ending ending) {
        this.ctx = ctx;
        this.context = context;
        this.ending = ending;
        this.writer = new PacedWriter(ctx, parts(), context.timeouts().stall(), ending::stalled);
        long seconds = PING.toSeconds();
        this.pings = ctx.executor().scheduleAtFixedRate(this::ping, seconds, seconds, TimeUnit.SECONDS);
    }

    /** Returns the number of bytes of events that have been written. */
    long bytes() {
        return writer.bytes();
    }

    /** Returns an event as it is sent. */
    public static String event(String name, String data) {
        return (name.isEmpty() ? "" : "event: " + name + "\n") + "data: " + data + "\n\n";
    }

    /** Sends an event; {@code data} is one line. */
    public void send(String data) {
        send("", data);
    }

    /**
     * Sends an event.
     *
     * @param name empty for none
     */
    public void send(String name, String data) {
        String event = event(name, data);
        send(event.length(), () -> List.of(event).iterator());
    }

    /**
     * Sends events that are made when their turn has come.
     *
     * @param bytes roughly what they are made of, as long as they wait; 0 if that exists anyway
     * @param events as {@link #event} writes them
     */
    public void send(int bytes, Supplier<Iterator<String>> events) {
        if (end == End.OPEN) {
            waiting.add(new Waiting(bytes, events));
            waitingBytes += bytes;
            writer.drain();
        }
    }

    /** Whether events wait for the client to read. */
    public boolean isBehind() {
        return hasPart();
    }

    /** Whether more waits than may. */
    public boolean isTooFarBehind() {
        return waitingBytes > MAX_WAITING;
    }

    /** Forgets what waits, but for the rest of an event that is being written, as the client reads too slowly. */
    public void forget() {
        context.listener().onReaderStalled();
        clear();
    }

    private void clear() {
        waiting.clear();
        waitingBytes = 0;
        making = Collections.emptyIterator();
    }

    /** Ends the stream: its last event, {@link #DONE} or another, has told clients that they have everything. */
    public void complete() {
        finish(End.COMPLETE);
    }

    /** Ends the stream without such an event: clients do not have everything. */
    public void breakOff() {
        finish(End.BROKEN);
    }

    private void finish(End how) {
        if (end == End.OPEN) {
            end = how;
            pings.cancel(false);
            writer.end(this::ended);
        }
    }

    private void ended(ChannelFuture last) {
        if (end == End.BROKEN) {
            ending.broken(last);
        } else {
            ending.complete(last);
        }
    }

    /** Stops the timers and sends nothing more: the client has gone. */
    void abandon() {
        end = End.BROKEN;
        clear();
        written = Collections.emptyIterator();
        pings.cancel(false);
        writer.stop();
    }

    /** Sends a comment that shows that the server lives, unless events wait. */
    public void ping() {
        if (!hasPart()) {
            send(0, () -> List.of(": ping\n\n").iterator());
        }
    }

    /** Writes the events that wait, as long as the socket takes them. */
    void drain() {
        writer.drain();
    }

    private Iterator<ByteBuf> parts() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return hasPart();
            }

            @Override
            public ByteBuf next() {
                return written.next();
            }
        };
    }

    private boolean hasPart() {
        try {
            while (!written.hasNext() && hasEvent()) {
                written = new Utf8Parts(making.next(), ctx.alloc());
            }
        } catch (RuntimeException e) { // a fault of this program: better no more than a stream with a gap
            LOG.error("An event could not be made", e);
            clear();
            making = List.of(event("", Json.write(ApiError.internal().body()))).iterator();
            finish(End.BROKEN);
            end = End.BROKEN; // even if all had been sent
            return hasPart();
        }
        return written.hasNext();
    }

    private boolean hasEvent() {
        while (!making.hasNext() && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            waitingBytes -= next.bytes();
            making = next.events().get();
        }
        return making.hasNext();
    }
}

package dev.sublinear.server.http.connection;

import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A connection without a socket: bytes come from the test, replies stay in memory, and time passes when the test says so. */
public final class EmbeddedConnection implements AutoCloseable {
    private static final HttpConfig CONFIG = HttpConfig.DEFAULT.with(new HttpConfig.AccessLog.Off());
    private static final ConnectionListener LISTENER = new ConnectionListener() {};
    private static final ExchangeContext CONTEXT = new ExchangeContext(
            CONFIG.timeouts(), new InFlight(), AccessLog.open(CONFIG.accessLog(), LISTENER), LISTENER);

    private final EmbeddedChannel channel;

    private EmbeddedConnection(EmbeddedChannel channel) {
        this.channel = channel;
    }

    /** A connection with no handlers of HTTP, for an {@link #exchange}. */
    public static EmbeddedConnection bare() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
        channel.freezeTime();
        return new EmbeddedConnection(channel);
    }

    /** A connection with the handlers of a server. */
    public static EmbeddedConnection to(Entrance routes, int maxBody, SharedMemory bodies) {
        return to(new EmbeddedChannel(), routes, maxBody, new SharedMemory(1 << 20), bodies);
    }

    /** The same for a client with an address. */
    static EmbeddedConnection from(InetSocketAddress client, Entrance routes, SharedMemory heads) {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return client;
            }
        };
        return to(channel, routes, 0, heads, new SharedMemory(0));
    }

    private static EmbeddedConnection to(
            EmbeddedChannel channel, Entrance routes, int maxBody, SharedMemory heads, SharedMemory bodies) {
        OpenConnections connections = new OpenConnections(CONFIG.limits(), LISTENER);
        new Pipeline(maxBody, heads, bodies, Optional.empty(), connections, routes, CONTEXT)
                .addHttp(channel.pipeline());
        return new EmbeddedConnection(channel);
    }

    /** An exchange whose request has arrived. */
    public Exchange exchange(String method, String path) {
        Request request =
                new Request(method, path, new Headers(new DefaultHttpHeaders()), true, true, System.nanoTime());
        Exchange exchange = new Exchange(channel.pipeline().lastContext(), request, CONTEXT, new SharedMemory(1));
        exchange.begin();
        return exchange;
    }

    /** The client goes before it has its whole reply. */
    public void leave(Exchange exchange) {
        exchange.gone();
    }

    public boolean isOpen() {
        return channel.isOpen();
    }

    void receive(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        receive(bytes, 0, bytes.length);
    }

    public void receive(byte[] bytes, int from, int length) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, from, length));
        channel.runPendingTasks();
    }

    public void pass(Duration time) {
        channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runPendingTasks();
    }

    /** Returns the bytes that have been sent since the last time, each as one character. */
    public String sent() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        return text.toString();
    }

    /** Returns the status line's number and the bodies that an {@link #exchange} has sent since the last time. */
    public String replied() {
        StringBuilder text = new StringBuilder();
        for (Object part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(
                    part instanceof HttpResponse response ? response.status().code() + " " : "");
            text.append(part instanceof ByteBufHolder body ? body.content().toString(StandardCharsets.UTF_8) : "");
            ReferenceCountUtil.release(part);
        }
        return text.toString();
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}

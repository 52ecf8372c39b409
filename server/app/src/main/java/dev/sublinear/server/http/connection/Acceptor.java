package dev.sublinear.server.http.connection;

import dev.sublinear.server.config.HeapPlan;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.connection.tls.ServerCertificate;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Accepts connections on one port, and passes their requests to the routes. */
public final class Acceptor implements AutoCloseable {
    private static final int CLOSE_SECONDS = 5;

    private final EventLoopGroup eventLoops;
    private final OpenConnections connections;
    private final SharedMemory bodies;
    private final Channel listening;

    private Acceptor(EventLoopGroup eventLoops, OpenConnections connections, SharedMemory bodies, Channel listening) {
        this.eventLoops = eventLoops;
        this.connections = connections;
        this.bodies = bodies;
        this.listening = listening;
    }

    /**
     * Starts to listen.
     *
     * @param certificate the one in force at the moment; empty for plain HTTP
     * @param entrance called on the event loop
     * @throws ListenException if the address is taken or none of this machine's
     */
    public static Acceptor listen(
            HttpConfig config,
            Optional<Supplier<ServerCertificate>> certificate,
            Entrance entrance,
            ExchangeContext context) {
        OpenConnections connections = new OpenConnections(Descriptors.within(config.limits()), context.listener());
        int maxBody = Math.toIntExact(config.limits().maxBody());
        SharedMemory bodies =
                new SharedMemory(HeapPlan.bodies(Runtime.getRuntime().maxMemory(), maxBody));
        SharedMemory heads =
                new SharedMemory(HeapPlan.heads(Runtime.getRuntime().maxMemory()));
        EventLoopGroup eventLoops = Sockets.eventLoops();
        ChannelFuture bound = Sockets.bootstrap(eventLoops, config.timeouts().stall())
                .childHandler(new Pipeline(maxBody, heads, bodies, certificate, connections, entrance, context))
                .bind(config.host(), config.port())
                .awaitUninterruptibly();
        Acceptor acceptor = new Acceptor(eventLoops, connections, bodies, bound.channel());
        if (!bound.isSuccess()) {
            acceptor.close();
            throw new ListenException(config.host(), config.port(), bound.cause());
        }
        return acceptor;
    }

    /** The port it listens on. */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /** Returns the number of open connections. */
    public int connections() {
        return connections.open();
    }

    /** Returns the bytes of request bodies that are held. */
    public long heldBytes() {
        return bodies.used();
    }

    /** Returns the bytes of memory outside the heap that connections' buffers are cut from. */
    public static long directBytes() {
        return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator
                ? allocator.metric().usedDirectMemory()
                : 0;
    }

    /** Accepts no more connections; those that are open stay. */
    public void stopListening() {
        listening.close().awaitUninterruptibly();
    }

    /** Accepts no more connections and closes those that are open. */
    @Override
    public void close() {
        stopListening();
        eventLoops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}

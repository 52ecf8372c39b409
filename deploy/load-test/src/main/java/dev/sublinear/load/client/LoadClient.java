package dev.sublinear.load.client;

import dev.sublinear.load.workload.Asked;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends streamed requests over HTTP/1.1 and keeps connections for the next. One event loop does everything, sending,
 * reading and telling, so nothing here is shared between threads; other threads use {@link #loop} to get onto it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, and that is heard of
public final class LoadClient implements AutoCloseable {
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final String authority;
    private final int mostConnections;
    private final ArrayDeque<StreamHandler> idle = new ArrayDeque<>();
    private final Set<Channel> open = new HashSet<>();
    private int connections;

    /** Hears of one request, on the event loop. */
    public interface Listener {
        /** A token has come, and since the one before, or since it was due, so many nanoseconds have passed. */
        void onToken(boolean first, long nanos);

        void onEnd(Outcome outcome);
    }

    public LoadClient(URI server, int mostConnections) {
        boolean epoll = Epoll.isAvailable();
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("load"), epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.loop = group.next();
        this.authority = server.getAuthority();
        this.mostConnections = mostConnections;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .remoteAddress(new InetSocketAddress(server.getHost(), server.getPort()))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpClientCodec(), new StreamHandler(LoadClient.this));
                    }
                });
    }

    public EventLoop loop() {
        return loop;
    }

    String authority() {
        return authority;
    }

    /**
     * Sends a request; call on the event loop.
     *
     * @param due when it was to be sent: times count from then
     * @return whether there was a connection for it; if not, nothing was sent
     */
    public boolean send(Asked asked, long due, Listener listener) {
        StreamHandler free = idle.pollLast(); // the one that the server is least likely to have closed
        if (free != null) {
            free.send(asked, due, listener);
            return true;
        }
        if (connections == mostConnections) {
            return false;
        }
        connections++;
        ChannelFuture connecting = bootstrap.connect();
        connecting.addListener(connected -> {
            if (connected.isSuccess()) {
                Channel channel = connecting.channel();
                open.add(channel);
                channel.closeFuture().addListener(closed -> {
                    open.remove(channel);
                    connections--;
                });
                channel.pipeline().get(StreamHandler.class).send(asked, due, listener);
            } else {
                connections--;
                long now = System.nanoTime();
                listener.onEnd(
                        new Outcome(Outcome.Kind.FAILED, due, due, now, 0, "no connection: " + connected.cause()));
            }
        });
        return true;
    }

    /** How many connections there are; call on the event loop. */
    int connections() {
        return connections;
    }

    /** Takes a connection back whose reply has ended. */
    void release(StreamHandler handler) {
        idle.addLast(handler);
    }

    /** Forgets a connection that has closed while it had nothing to do. */
    void forget(StreamHandler handler) {
        idle.remove(handler);
    }

    /** Closes all connections; those with a request fail it. */
    public void closeConnections() {
        loop.submit(() -> Set.copyOf(open).forEach(Channel::close)).syncUninterruptibly();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}

package dev.sublinear.server.http.connection;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;

/**
 * Accepts and reads connections by epoll where the system has it, else by the JDK's selector. There is one event loop: all
 * of HTTP takes a small share of a core beside the model.
 */
final class Sockets {
    private static final int BACKLOG = 1024;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 << 10, 64 << 10);

    // Bounded because all bytes of one read are parsed at once, and each request sent ahead becomes objects of some 100
    // bytes.
    private static final int MAX_READ = 16 << 10;

    private static final int PROBE_AFTER_SECONDS = 60;
    private static final int PROBE_EACH_SECONDS = 15;
    private static final int PROBES = 4;

    private Sockets() {}

    static EventLoopGroup eventLoops() {
        return new MultiThreadIoEventLoopGroup(
                1,
                new DefaultThreadFactory("http", true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    /** @param stall how long a peer may leave bytes unacknowledged before the connection counts as dead */
    static ServerBootstrap bootstrap(EventLoopGroup eventLoops, Duration stall) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoops)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, MAX_READ))
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (!Epoll.isAvailable()) {
            return bootstrap.channel(NioServerSocketChannel.class);
        }
        return bootstrap
                .channel(EpollServerSocketChannel.class)
                .childOption(EpollChannelOption.TCP_USER_TIMEOUT, (int) Math.min(stall.toMillis(), Integer.MAX_VALUE))
                .childOption(EpollChannelOption.TCP_KEEPIDLE, PROBE_AFTER_SECONDS)
                .childOption(EpollChannelOption.TCP_KEEPINTVL, PROBE_EACH_SECONDS)
                .childOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
    }
}

package dev.sublinear.server.http;

import static io.netty.handler.codec.http.HttpMethod.GET;
import static io.netty.handler.codec.http.HttpMethod.POST;

import dev.sublinear.server.ServerConfig;
import dev.sublinear.server.http.Router.Route;
import dev.sublinear.server.http.openai.Model;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Listens, and answers what OpenAI's clients ask. */
public final class HttpServer implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 << 10, 64 << 10);
    private static final int TOKENIZING_QUEUE = 256;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String HINT = "Sublinear. POST /v1/completions, GET /v1/models, /health/ready, /metrics\n";

    private final EventLoopGroup eventLoops;
    private final ThreadPoolExecutor tokenizing;
    private final Channel listening;

    private HttpServer(EventLoopGroup eventLoops, ThreadPoolExecutor tokenizing, Channel listening) {
        this.eventLoops = eventLoops;
        this.tokenizing = tokenizing;
        this.listening = listening;
    }

    /**
     * Starts to listen.
     *
     * @param metrics what {@code GET /metrics} shows
     * @throws ListenException if the address is taken or none of this machine's
     */
    public static HttpServer start(
            ServerConfig.Http config, Served served, Supplier<String> metrics, RequestListener listener) {
        EventLoopGroup eventLoops =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
        ThreadPoolExecutor tokenizing = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(TOKENIZING_QUEUE),
                new DefaultThreadFactory("tokenize", true));
        Router router = router(served, tokenizing, metrics, listener);
        ChannelFuture bound = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(pipeline(config, router))
                .bind(config.host(), config.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            eventLoops.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
            tokenizing.shutdownNow();
            throw new ListenException(config.host(), config.port(), bound.cause());
        }
        return new HttpServer(eventLoops, tokenizing, bound.channel());
    }

    private static ChannelInitializer<SocketChannel> pipeline(ServerConfig.Http config, Router router) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline()
                        .addLast(new Deadlines(config))
                        .addLast(new StrictRequestDecoder())
                        .addLast(new HttpResponseEncoder())
                        .addLast(new OneAtATime())
                        .addLast(new RequestCollector(config.maxBody()))
                        .addLast(new Connection(router, config.stallTimeout()));
            }
        };
    }

    private static Router router(
            Served served, ThreadPoolExecutor tokenizing, Supplier<String> metrics, RequestListener listener) {
        ModelsHandler models = new ModelsHandler(Model.of(
                served.offer().model(),
                System.currentTimeMillis() / 1000,
                served.engine().spec().maxPositions()));
        HealthHandler health = new HealthHandler(served.engine());
        return new Router(List.of(
                new Route(POST, "/v1/completions", new CompletionsHandler(served, tokenizing, listener)),
                new Route(GET, ModelsHandler.PATH, models::list),
                new Route(GET, ModelsHandler.PATH + "/", models::describe),
                new Route(GET, "/health/live", health::live),
                new Route(GET, "/health/ready", health::ready),
                new Route(GET, "/metrics", exchange -> exchange.reply(PROMETHEUS, metrics.get())),
                new Route(GET, "/", exchange -> exchange.reply(TEXT, HINT))));
    }

    /** The port it listens on. */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /** Returns the bytes of memory outside the heap that connections' buffers are cut from. */
    public static long directBytes() {
        return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator
                ? allocator.metric().usedDirectMemory()
                : 0;
    }

    /** Waits until it has been closed. */
    public void awaitClosed() {
        listening.closeFuture().awaitUninterruptibly();
    }

    /** Accepts no more connections and closes those that are open. */
    @Override
    public void close() {
        listening.close().awaitUninterruptibly();
        tokenizing.shutdownNow();
        eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}

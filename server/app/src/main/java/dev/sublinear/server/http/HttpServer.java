package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Listens, and answers what OpenAI's clients ask. */
public final class HttpServer implements AutoCloseable {
    private static final int LARGEST_BODIES_AT_ONCE = 32;
    private static final int LEAST_TOKENIZING_QUEUE = 256;
    private static final int RELOAD_SECONDS = 1;

    private final EventLoopGroup eventLoops;
    private final ThreadPoolExecutor tokenizing;
    private final AccessLog accessLog;
    private final InFlight inFlight;
    private final Connections connections;
    private final Body.Memory bodies;
    private final Channel listening;
    private final ScheduledExecutorService reloading =
            new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("reload", true)); // none until there are files

    private HttpServer(
            EventLoopGroup eventLoops,
            ThreadPoolExecutor tokenizing,
            AccessLog accessLog,
            InFlight inFlight,
            Connections connections,
            Body.Memory bodies,
            Channel listening) {
        this.eventLoops = eventLoops;
        this.tokenizing = tokenizing;
        this.accessLog = accessLog;
        this.inFlight = inFlight;
        this.connections = connections;
        this.bodies = bodies;
        this.listening = listening;
    }

    /**
     * Starts to listen.
     *
     * @param metrics what {@code GET /metrics} shows
     * @throws ListenException if the address is taken or none of this machine's
     * @throws dev.sublinear.engine.settings.ConfigException if a file that the configuration names cannot be used
     */
    public static HttpServer start(
            HttpConfig config, Served served, Supplier<String> metrics, RequestListener listener) {
        List<Reloading<?>> files = new ArrayList<>();
        Gate gate = gate(config, files);
        Optional<Reloading<SslContext>> tls = tls(config, files);
        AccessLog accessLog = AccessLog.open(config.accessLog(), listener);
        InFlight inFlight = new InFlight();
        Service service = new Service(config.timeouts(), inFlight, accessLog, listener);
        ThreadPoolExecutor tokenizing = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(
                        Math.max(LEAST_TOKENIZING_QUEUE, served.engine().queueLimit())),
                new DefaultThreadFactory("tokenize", true));
        Router router = new Router(gate, inFlight, Routes.of(served, inFlight, tokenizing, metrics, listener));
        Connections connections = new Connections(Descriptors.within(config.limits()), listener);
        Body.Memory bodies =
                new Body.Memory((long) LARGEST_BODIES_AT_ONCE * config.limits().maxBody());
        EventLoopGroup eventLoops = Sockets.eventLoops();
        ChannelFuture bound = Sockets.bootstrap(eventLoops, config.timeouts().stall())
                .childHandler(new Pipeline(config.limits().maxBody(), bodies, tls, connections, router, service))
                .bind(config.host(), config.port())
                .awaitUninterruptibly();
        HttpServer server =
                new HttpServer(eventLoops, tokenizing, accessLog, inFlight, connections, bodies, bound.channel());
        if (!bound.isSuccess()) {
            server.close();
            throw new ListenException(config.host(), config.port(), bound.cause());
        }
        files.forEach(server::watch);
        return server;
    }

    private static Gate gate(HttpConfig config, List<Reloading<?>> files) {
        if (config.callers() instanceof HttpConfig.Callers.KeyHolders holders) {
            Reloading<ApiKeys> keys = new Reloading<>(List.of(holders.file()), () -> ApiKeys.read(holders.file()));
            files.add(keys);
            return new Gate(config, keys::get);
        }
        return new Gate(config);
    }

    private static Optional<Reloading<SslContext>> tls(HttpConfig config, List<Reloading<?>> files) {
        if (config.transport() instanceof HttpConfig.Transport.Tls tls) {
            Reloading<SslContext> context =
                    new Reloading<>(List.of(tls.certificate(), tls.key()), () -> Certificates.read(tls));
            files.add(context);
            return Optional.of(context);
        }
        return Optional.empty();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it goes on until the end, and does not fail
    private void watch(Reloading<?> file) {
        reloading.scheduleWithFixedDelay(file::poll, RELOAD_SECONDS, RELOAD_SECONDS, TimeUnit.SECONDS);
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

    /** How many connections are open. */
    public int connections() {
        return connections.open();
    }

    /** How many bytes of requests are held. */
    public long heldBytes() {
        return bodies.used();
    }

    /**
     * From now on says that it is not ready and takes no requests for generation, and waits until those in progress
     * have their replies, or so long.
     */
    public void drain(Duration most) throws InterruptedException {
        inFlight.drain();
        inFlight.awaitNone(most);
    }

    /** Accepts no more connections and closes those that are open. */
    @Override
    public void close() {
        listening.close().awaitUninterruptibly();
        tokenizing.shutdownNow();
        reloading.shutdownNow();
        eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        accessLog.close();
    }
}

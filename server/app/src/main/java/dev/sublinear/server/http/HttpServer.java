package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.connection.Acceptor;
import dev.sublinear.server.http.connection.AccessLog;
import dev.sublinear.server.http.connection.ExchangeContext;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.connection.ListenException;
import dev.sublinear.server.http.connection.tls.ServerCertificate;
import dev.sublinear.server.http.reply.RequestListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Listens, and answers what OpenAI's clients ask. */
public final class HttpServer implements AutoCloseable {
    private static final int LEAST_TOKENIZING_QUEUE = 256;
    private static final int RELOAD_SECONDS = 1;

    private final Acceptor acceptor;
    private final ExecutorService tokenizing;
    private final AccessLog accessLog;
    private final InFlight inFlight;
    private final ScheduledExecutorService reloading =
            new ScheduledThreadPoolExecutor(1, daemon("reload")); // has no thread until there is a file to watch

    private HttpServer(Acceptor acceptor, ExecutorService tokenizing, AccessLog accessLog, InFlight inFlight) {
        this.acceptor = acceptor;
        this.tokenizing = tokenizing;
        this.accessLog = accessLog;
        this.inFlight = inFlight;
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
        Optional<Supplier<ServerCertificate>> certificate = certificate(config, files);
        AccessLog accessLog = AccessLog.open(config.accessLog(), listener);
        InFlight inFlight = new InFlight();
        ExecutorService tokenizing = tokenizing(served.engine().queueLimit());
        Router router = new Router(gate, inFlight, Routes.of(served, inFlight, tokenizing, metrics, listener));
        ExchangeContext context = new ExchangeContext(config.timeouts(), inFlight, accessLog, listener);
        try {
            Acceptor acceptor = Acceptor.listen(config, certificate, router, context);
            HttpServer server = new HttpServer(acceptor, tokenizing, accessLog, inFlight);
            files.forEach(server::watch);
            return server;
        } catch (ListenException e) {
            tokenizing.shutdownNow();
            accessLog.close();
            throw e;
        }
    }

    /** One thread, before which as many requests may wait as before the engine. */
    private static ExecutorService tokenizing(int queueLimit) {
        int queue = Math.max(LEAST_TOKENIZING_QUEUE, queueLimit);
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), daemon("tokenize"));
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private static Gate gate(HttpConfig config, List<Reloading<?>> files) {
        if (config.callers() instanceof HttpConfig.Callers.KeyHolders holders) {
            Reloading<ApiKeys> keys = new Reloading<>(List.of(holders.file()), () -> ApiKeys.read(holders.file()));
            files.add(keys);
            return new Gate(config, keys::get);
        }
        return new Gate(config);
    }

    private static Optional<Supplier<ServerCertificate>> certificate(HttpConfig config, List<Reloading<?>> files) {
        if (config.transport() instanceof HttpConfig.Transport.Tls tls) {
            Reloading<ServerCertificate> certificate =
                    new Reloading<>(List.of(tls.certificate(), tls.key()), () -> ServerCertificate.read(tls));
            files.add(certificate);
            return Optional.of(certificate::get);
        }
        return Optional.empty();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it goes on until the end, and does not fail
    private void watch(Reloading<?> file) {
        reloading.scheduleWithFixedDelay(file::poll, RELOAD_SECONDS, RELOAD_SECONDS, TimeUnit.SECONDS);
    }

    /** The port it listens on. */
    public int port() {
        return acceptor.port();
    }

    /** Returns the bytes of memory outside the heap that connections' buffers are cut from. */
    public static long directBytes() {
        return Acceptor.directBytes();
    }

    /** Returns the number of open connections. */
    public int connections() {
        return acceptor.connections();
    }

    /** Returns the bytes of request bodies that are held. */
    public long heldBytes() {
        return acceptor.heldBytes();
    }

    /**
     * From now on says that it is not ready and takes no requests for generation, and waits until those in progress
     * have their replies, at most for this time.
     */
    public void drain(Duration most) throws InterruptedException {
        inFlight.drain();
        inFlight.awaitNone(most);
    }

    /** Accepts no more connections and closes those that are open. */
    @Override
    public void close() {
        acceptor.stopListening();
        tokenizing.shutdownNow();
        reloading.shutdownNow();
        acceptor.close();
        accessLog.close();
    }
}

package dev.sublinear.server.http;

import dev.sublinear.engine.settings.ConfigException;
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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Listens, and answers what OpenAI's clients ask. */
public final class HttpServer implements AutoCloseable {
    private static final int LEAST_WAITING = 256;
    private static final int RELOAD_SECONDS = 1;

    private final Acceptor acceptor;
    private final Turns reading;
    private final Turns compiling;
    private final AccessLog accessLog;
    private final InFlight inFlight;
    private final ScheduledExecutorService reloading =
            new ScheduledThreadPoolExecutor(1, HttpServer::reloader); // has no thread until there is a file to watch

    private HttpServer(Acceptor acceptor, Turns reading, Turns compiling, AccessLog accessLog, InFlight inFlight) {
        this.acceptor = acceptor;
        this.reading = reading;
        this.compiling = compiling;
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
        int waiting = Math.max(LEAST_WAITING, served.engine().queueLimit()); // as many as before the engine
        Turns reading = new Turns("tokenize", waiting);
        Turns compiling = new Turns("compile", waiting);
        Router router = new Router(gate, inFlight, Routes.of(served, inFlight, reading, compiling, metrics, listener));
        ExchangeContext context = new ExchangeContext(config.timeouts(), inFlight, accessLog, listener);
        try {
            Acceptor acceptor = Acceptor.listen(config, certificate, router, context);
            HttpServer server = new HttpServer(acceptor, reading, compiling, accessLog, inFlight);
            files.forEach(server::watch);
            return server;
        } catch (ListenException | ConfigException e) {
            reading.close();
            compiling.close();
            accessLog.close();
            throw e;
        }
    }

    private static Thread reloader(Runnable task) {
        Thread thread = new Thread(task, "reload");
        thread.setDaemon(true);
        return thread;
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
        reading.close();
        compiling.close();
        reloading.shutdownNow();
        acceptor.close();
        accessLog.close();
    }
}

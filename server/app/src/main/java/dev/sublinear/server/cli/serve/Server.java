package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.settings.MemoryPlan;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.Execution;
import dev.sublinear.server.cli.command.LoadProgress;
import dev.sublinear.server.config.HeapPlan;
import dev.sublinear.server.config.ServerConfig;
import dev.sublinear.server.http.HttpServer;
import dev.sublinear.server.http.Served;
import dev.sublinear.server.http.openai.Offer;
import dev.sublinear.server.metrics.EngineMeters;
import dev.sublinear.server.metrics.Metrics;
import dev.sublinear.server.metrics.RequestMeters;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** All that serves requests, put together. */
public final class Server implements AutoCloseable {
    private final Metrics metrics;
    private final LocalModel model;
    private final HttpServer http;
    private final Duration drainTimeout;

    private Server(Metrics metrics, LocalModel model, HttpServer http, Duration drainTimeout) {
        this.metrics = metrics;
        this.model = model;
        this.http = http;
        this.drainTimeout = drainTimeout;
    }

    /** Loads the model, then listens. */
    public static Server start(ServerConfig config) {
        return start(config, ModelSource::open);
    }

    /** The same with another way to open the model. */
    public static Server start(ServerConfig config, ModelOpener opener) {
        Metrics metrics = new Metrics(config.metrics());
        EngineMeters meters = new EngineMeters(metrics);
        LocalModel model = LocalModel.open(opened(config, opener), config.engine(), meters, LoadProgress.start());
        try {
            meters.observe(
                    model.engine(),
                    config.engine().cache().policy(),
                    config.model().name());
            metrics.gauge(
                    "sublinear.netty.direct.bytes",
                    "Memory outside the heap that connections' buffers are cut from",
                    HttpServer::directBytes);
            Offer offer = new Offer(
                    config.model().name(),
                    config.engine().cache().policy(),
                    config.engine().cache().allowOverride(),
                    model.defaults(),
                    config.engine().scheduler().promptLookup());
            Served served =
                    new Served(model.engine(), model.tokenizer(), model.chats(), offer, InForce.of(config, model));
            HttpServer http = HttpServer.start(
                    config.http(),
                    served,
                    metrics::scrape,
                    new RequestMeters(metrics, config.model().name()));
            return new Server(metrics, model, http, config.http().timeouts().drain());
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Refuses limits that do not fit into memory before the weights are loaded. */
    private static OpenModel opened(ServerConfig config, ModelOpener opener) {
        OpenModel opened = opener.open(config.model().source());
        try {
            Execution execution = config.engine().execution(opened.spec(), opened.storedAs());
            MemoryPlan.of(config.engine(), opened.spec(), execution.precision()).requireFits();
            HeapPlan.of(config, opened.spec()).require(config, opened.spec(), opened.storedAs());
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** What it says of itself when it has started. */
    StartBanner banner(ServerConfig config) {
        return new StartBanner(
                config,
                model.spec(),
                model.storedAs(),
                model.engine().kvShape(),
                model.plan().toString());
    }

    boolean engineHasFailed() {
        return model.engine().ended().isCompletedExceptionally();
    }

    /** Calls once the engine cannot go on. */
    void whenEngineFails(Runnable action) {
        CompletableFuture<?> unused = model.engine().ended().whenComplete((nothing, failure) -> {
            if (engineHasFailed()) {
                action.run();
            }
        });
    }

    public int port() {
        return http.port();
    }

    /**
     * Waits for the requests in progress, at most as long as the configuration says, and closes. Unfinished requests get
     * an error.
     */
    void drain() throws InterruptedException {
        http.drain(drainTimeout);
        close();
    }

    /** Ends at once; unfinished requests get an error. May be called twice. */
    @Override
    public synchronized void close() {
        model.engine().close(); // first, so that what is in flight is told
        http.close();
        model.close();
        metrics.close();
    }
}

package dev.sublinear.server.cli;

import dev.sublinear.server.ByteSize;
import dev.sublinear.server.ServerConfig;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Listens until it is told to end. */
@Command(name = "serve", description = "Start the HTTP server.", mixinStandardHelpOptions = true)
final class Serve implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(names = "--host", description = "address to listen on (default: 127.0.0.1)")
    private @Nullable String host;

    @Option(names = "--port", description = "port to listen on, 0 for any (default: 8080)")
    private @Nullable String port;

    @Option(names = "--max-body", paramLabel = "SIZE", description = "largest body of a request (default: 2MB)")
    private @Nullable String maxBody;

    @Option(names = "--queue-limit", paramLabel = "N", description = "requests that may wait (default: 64)")
    private @Nullable String queueLimit;

    @Spec
    private @Nullable CommandSpec spec;

    Serve(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        options.set("http.host", host);
        options.set("http.port", port);
        options.set("http.max-body", maxBody);
        options.set("engine.queue-limit", queueLimit);
        ServerConfig config = options.read(environment);
        try (Server server = Server.start(config)) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
            banner(config, server);
            server.awaitClosed();
        }
        return 0;
    }

    private void banner(ServerConfig config, Server server) {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        err.printf(
                "sublinear: model %s, budget %s, scorer %s, cache %s, threads %d%n",
                config.model().name(),
                config.cache().policy().budget(),
                config.cache().policy().scorer().name(),
                ByteSize.format(config.cache().capacity()),
                config.model().threads().of(server.spec()));
        err.printf("sublinear: listening on http://%s:%d%n", config.http().host(), server.port());
        err.flush();
    }
}

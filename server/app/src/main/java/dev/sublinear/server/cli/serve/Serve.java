package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.settings.Profile;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.server.cli.command.ConfigOptions;
import dev.sublinear.server.cli.measure.ShortCalibration;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.config.ServerConfig;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Listens until it is told to end. */
@Command(name = "serve", description = "Start the HTTP server.", mixinStandardHelpOptions = true)
public final class Serve implements Callable<Integer> {
    /** EX_SOFTWARE of sysexits.h, for supervisors that restart the process. */
    private static final int ENGINE_FAILED = 70;

    private final Map<String, String> environment;
    private final ModelOpener opener;

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

    @Option(names = "--api-keys", paramLabel = "FILE", description = "ask callers for a key: name:sha256 a line")
    private @Nullable String apiKeys;

    @Option(names = "--tls-certificate", paramLabel = "FILE", description = "PEM certificate chain, for HTTPS")
    private @Nullable String tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM private key (PKCS#8) of that certificate")
    private @Nullable String tlsKey;

    @Option(
            names = "--allowed-origins",
            paramLabel = "ORIGINS",
            description = "origins of web pages that may ask, with commas between them; * for all (default: none)")
    private @Nullable String allowedOrigins;

    @Option(
            names = "--access-log",
            paramLabel = "WHERE",
            description = "stdout (default), off, or a file: a line of JSON for each request, without its text")
    private @Nullable String accessLog;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            description = "how long requests may go on after a signal to end (default: 30s)")
    private @Nullable String drainTimeout;

    @Option(
            names = "--calibrate",
            description = {
                "before it listens, find how many tokens each head of the model needs, unless it has a profile: a minute or",
                "two for a small model, once"
            })
    private boolean calibrate;

    @Spec
    private @Nullable CommandSpec spec;

    public Serve(Map<String, String> environment, ModelOpener opener) {
        this.environment = environment;
        this.opener = opener;
    }

    @Override
    public Integer call() {
        options.set("http.host", host);
        options.set("http.port", port);
        options.set("http.max-body", maxBody);
        options.set("engine.queue-limit", queueLimit);
        options.set("http.api-keys", apiKeys);
        options.set("http.tls-certificate", tlsCertificate);
        options.set("http.tls-key", tlsKey);
        options.set("http.allowed-origins", allowedOrigins);
        options.set("http.access-log", accessLog);
        options.set("http.drain-timeout", drainTimeout);
        ServerConfig config = configured();
        try (Server server = Server.start(config, opener)) {
            banner(config, server);
            CountDownLatch end = new CountDownLatch(1);
            server.whenEngineFails(end::countDown);
            Signals.awaitFirst(end, () -> {
                complain("a second signal: ending at once");
                LossyOutput.finish();
            });
            if (server.engineHasFailed()) {
                complain("the engine has failed too often to start again");
                return ENGINE_FAILED;
            }
            complain("ending; a second signal ends it at once");
            server.drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    /** Returns the configuration, in which a profile holds that this start has made first if it was asked to. */
    private ServerConfig configured() {
        ServerConfig config = options.read(environment);
        if (!calibrate || config.model().source().profile().isPresent()) {
            return config;
        }
        complain("the model has no profile: calibrating first");
        ShortCalibration.run(config, err());
        return options.read(environment);
    }

    private void complain(String what) {
        err().println("sublinear: " + what);
        err().flush();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }

    private void banner(ServerConfig config, Server server) {
        PrintWriter err = err();
        err.println("sublinear");
        err.print(server.banner(config));
        ModelSource source = config.model().source();
        err.printf(
                "  profile    %s%n",
                source.profile()
                        .map(Profile::describe)
                        .orElse("none, so all heads have one budget; sublinear calibrate --model " + source
                                + " finds each head's own"));
        HttpConfig http = config.http();
        String scheme = http.transport() instanceof HttpConfig.Transport.Tls ? "https" : "http";
        err.printf("sublinear: listening on %s://%s:%d%n", scheme, http.host(), server.port());
        if (http.callers() instanceof HttpConfig.Callers.Anyone && !isLoopback(http.host())) {
            err.printf("sublinear: whoever reaches this port may use it; --api-keys asks for keys%n");
        }
        err.flush();
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}

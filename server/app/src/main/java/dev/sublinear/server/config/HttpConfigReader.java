package dev.sublinear.server.config;

import dev.sublinear.engine.settings.ByteSize;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the keys that begin with {@code http}. */
record HttpConfigReader(ConfigValues values) {

    HttpConfig read() {
        HttpConfig usual = HttpConfig.DEFAULT;
        Optional<HttpConfig.Limits> limits = values.part(this::limits);
        Optional<HttpConfig.Timeouts> timeouts = values.part(this::timeouts);
        Optional<HttpConfig.Browsers> browsers = values.part(
                () -> new HttpConfig.Browsers(values.list("http.allowed-hosts"), values.list("http.allowed-origins")));
        return new HttpConfig(
                values.text("http.host", usual.host()),
                values.integer("http.port", usual.port()),
                limits.orElse(usual.limits()),
                timeouts.orElse(usual.timeouts()),
                transport(),
                values.path("http.api-keys")
                        .<HttpConfig.Callers>map(HttpConfig.Callers.KeyHolders::new)
                        .orElse(usual.callers()),
                browsers.orElse(usual.browsers()),
                accessLog());
    }

    private HttpConfig.Limits limits() {
        HttpConfig.Limits usual = HttpConfig.Limits.DEFAULT;
        return new HttpConfig.Limits(
                values.parsed("http.max-body", ByteSize::parse, usual.maxBody()),
                values.integer("http.max-connections", usual.maxConnections()),
                values.integer("http.max-connections-per-address", usual.maxConnectionsPerAddress()));
    }

    private HttpConfig.Timeouts timeouts() {
        HttpConfig.Timeouts usual = HttpConfig.Timeouts.DEFAULT;
        return new HttpConfig.Timeouts(
                values.parsed("http.header-timeout", ConfigValues::duration, usual.header()),
                values.parsed("http.body-timeout", ConfigValues::duration, usual.body()),
                values.parsed("http.idle-timeout", ConfigValues::duration, usual.idle()),
                values.parsed("http.stall-timeout", ConfigValues::duration, usual.stall()),
                values.parsed("http.drain-timeout", ConfigValues::duration, usual.drain()));
    }

    private HttpConfig.Transport transport() {
        Optional<Path> certificate = values.path("http.tls-certificate");
        Optional<Path> key = values.path("http.tls-key");
        values.faults()
                .require(
                        certificate.isPresent() == key.isPresent(),
                        "http.tls-certificate and http.tls-key must be given together, was only %s",
                        certificate.isPresent() ? "http.tls-certificate" : "http.tls-key");
        return certificate.isPresent() && key.isPresent()
                ? new HttpConfig.Transport.Tls(certificate.get(), key.get())
                : HttpConfig.DEFAULT.transport();
    }

    private HttpConfig.AccessLog accessLog() {
        return switch (values.text("http.access-log", "stdout")) {
            case "off" -> new HttpConfig.AccessLog.Off();
            case "stdout" -> new HttpConfig.AccessLog.Stdout();
            default ->
                values.path("http.access-log")
                        .<HttpConfig.AccessLog>map(HttpConfig.AccessLog.File::new)
                        .orElse(HttpConfig.DEFAULT.accessLog());
        };
    }
}

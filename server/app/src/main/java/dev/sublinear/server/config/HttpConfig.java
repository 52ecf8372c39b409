package dev.sublinear.server.config;

import dev.sublinear.engine.settings.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What the HTTP server accepts, from whom, and for how long.
 *
 * @param port 0 for any that is free
 */
public record HttpConfig(
        String host,
        int port,
        Limits limits,
        Timeouts timeouts,
        Transport transport,
        Callers callers,
        Browsers browsers,
        AccessLog accessLog) {
    public static final HttpConfig DEFAULT = new HttpConfig(
            "127.0.0.1",
            8080,
            Limits.DEFAULT,
            Timeouts.DEFAULT,
            new Transport.Plain(),
            new Callers.Anyone(),
            Browsers.NONE,
            new AccessLog.Stdout());

    private static final int MAX_PORT = 65_535;

    public HttpConfig {
        Faults faults = new Faults();
        faults.require(!host.isBlank(), "http.host must not be blank, was \"%s\"", host);
        faults.require(port >= 0 && port <= MAX_PORT, "http.port must be from 0 to %s, was %s", MAX_PORT, port);
        faults.raise();
    }

    public HttpConfig withPort(int other) {
        return new HttpConfig(host, other, limits, timeouts, transport, callers, browsers, accessLog);
    }

    public HttpConfig with(Limits other) {
        return new HttpConfig(host, port, other, timeouts, transport, callers, browsers, accessLog);
    }

    public HttpConfig with(Timeouts other) {
        return new HttpConfig(host, port, limits, other, transport, callers, browsers, accessLog);
    }

    public HttpConfig with(Transport other) {
        return new HttpConfig(host, port, limits, timeouts, other, callers, browsers, accessLog);
    }

    public HttpConfig with(Callers other) {
        return new HttpConfig(host, port, limits, timeouts, transport, other, browsers, accessLog);
    }

    public HttpConfig with(Browsers other) {
        return new HttpConfig(host, port, limits, timeouts, transport, callers, other, accessLog);
    }

    public HttpConfig with(AccessLog other) {
        return new HttpConfig(host, port, limits, timeouts, transport, callers, browsers, other);
    }

    /**
     * How much at once.
     *
     * @param maxBody bytes of a request's body
     * @param maxConnections that are open
     * @param maxConnectionsPerAddress of them, from one address
     */
    public record Limits(long maxBody, int maxConnections, int maxConnectionsPerAddress) {
        public static final Limits DEFAULT = new Limits(2_000_000, 12_000, 1_200);

        private static final int MAX_BODY = 1 << 30;
        private static final int MAX_CONNECTIONS = 1_000_000;

        public Limits {
            Faults faults = new Faults();
            within(faults, "http.max-body", MAX_BODY, maxBody);
            within(faults, "http.max-connections", MAX_CONNECTIONS, maxConnections);
            within(faults, "http.max-connections-per-address", MAX_CONNECTIONS, maxConnectionsPerAddress);
            faults.raise();
        }

        private static void within(Faults faults, String key, int most, long value) {
            faults.require(value >= 1 && value <= most, "%s must be from 1 to %s, was %s", key, most, value);
        }
    }

    /**
     * How long.
     *
     * @param header from the first byte of a request to the end of its headers
     * @param body from there to the end of its body
     * @param idle how long a connection may wait for its next request
     * @param stall how long a reply waits for a client that does not read
     * @param drain how long requests may go on after the server has been told to end
     */
    public record Timeouts(Duration header, Duration body, Duration idle, Duration stall, Duration drain) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));

        public Timeouts {
            Faults faults = new Faults();
            positive(faults, "http.header-timeout", header);
            positive(faults, "http.body-timeout", body);
            positive(faults, "http.idle-timeout", idle);
            positive(faults, "http.stall-timeout", stall);
            faults.require(!drain.isNegative(), "http.drain-timeout must not be negative, was %s", drain);
            faults.raise();
        }

        private static void positive(Faults faults, String key, Duration duration) {
            faults.require(
                    !duration.isZero() && !duration.isNegative(), "%s must be longer than 0, was %s", key, duration);
        }
    }

    /** What the bytes travel in. */
    public sealed interface Transport {
        /** Nothing. */
        record Plain() implements Transport {}

        /**
         * TLS 1.2 or 1.3; both files are read again when they change.
         *
         * @param certificate PEM, with those that vouch for it
         * @param key PEM, PKCS#8
         */
        record Tls(Path certificate, Path key) implements Transport {}
    }

    /** Who may ask. */
    public sealed interface Callers {
        /** Whoever reaches the port. */
        record Anyone() implements Callers {}

        /**
         * Those who hold an API key.
         *
         * @param file a {@code name:sha256} a line; read again when it changes
         */
        record KeyHolders(Path file) implements Callers {}
    }

    /**
     * What pages in a browser may do.
     *
     * @param hosts names that this server is called by; empty for any, or for those of the loopback interface where it
     *     listens there
     * @param origins of pages that may ask, besides this server's own; {@code *} for all
     */
    public record Browsers(List<String> hosts, List<String> origins) {
        public static final Browsers NONE = new Browsers(List.of(), List.of());

        public Browsers {
            Faults faults = new Faults();
            for (String origin : origins) {
                faults.require(
                        origin.equals("*") || origin.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s]+"),
                        "http.allowed-origins must be such as https://example.com, or *, was \"%s\"",
                        origin);
            }
            for (String name : hosts) {
                faults.require(
                        name.matches("[^/\\s]+"), "http.allowed-hosts must be such as example.com, was \"%s\"", name);
            }
            faults.raise();
            hosts = hosts.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
            origins =
                    origins.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        }
    }

    /** Where a line for each request goes. */
    public sealed interface AccessLog {
        /** Nowhere. */
        record Off() implements AccessLog {}

        /** With the rest that this process prints. */
        record Stdout() implements AccessLog {}

        /**
         * To the end of a file.
         *
         * @param path of it
         */
        record File(Path path) implements AccessLog {}
    }
}

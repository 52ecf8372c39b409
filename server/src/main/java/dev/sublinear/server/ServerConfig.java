package dev.sublinear.server;

import ai.djl.Device;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import java.nio.file.Path;
import java.time.Duration;

/**
 * All that can be set. Each part refuses values that cannot work and names them by their key.
 *
 * @see ConfigReader for where the values come from
 */
public record ServerConfig(Model model, Cache cache, Engine engine, Http http) {

    /**
     * Which model runs, and how.
     *
     * @param directory the checkpoint
     * @param name what clients call it
     */
    public record Model(Path directory, String name, Precision precision, Device device, Threads threads) {
        private static final int MAX_NAME = 128;

        public Model {
            Faults faults = new Faults();
            faults.require(
                    !name.isBlank() && name.length() <= MAX_NAME && name.chars().noneMatch(Character::isISOControl),
                    "model-name must have 1 to %s printable characters, was \"%s\"",
                    MAX_NAME,
                    name);
            faults.raise();
        }

        /** Returns how a model of these sizes computes. */
        public Execution execution(ModelSpec spec) {
            return new Execution(precision, device, threads.of(spec));
        }
    }

    /**
     * What sequences may keep.
     *
     * @param capacity bytes for the caches of all sequences
     * @param policy for requests that ask for no other
     * @param allowOverride whether a request may choose another budget and scorer
     */
    public record Cache(long capacity, EvictionPolicy policy, boolean allowOverride) {
        public static final long DEFAULT_CAPACITY = 1L << 30;

        public Cache {
            Faults faults = new Faults();
            faults.require(capacity >= 1, "cache.capacity must be at least 1 byte, was %s", capacity);
            faults.raise();
        }
    }

    /**
     * How requests become sequences.
     *
     * @param queueLimit how many may wait
     */
    public record Engine(int queueLimit) {
        public static final Engine DEFAULT = new Engine(64);

        private static final int MAX_QUEUE = 100_000;

        public Engine {
            Faults faults = new Faults();
            faults.require(
                    queueLimit >= 1 && queueLimit <= MAX_QUEUE,
                    "engine.queue-limit must be from 1 to %s, was %s",
                    MAX_QUEUE,
                    queueLimit);
            faults.raise();
        }
    }

    /**
     * What the HTTP server accepts.
     *
     * @param port 0 for any that is free
     * @param maxBody bytes of a request's body
     * @param headerTimeout from the first byte of a request to the end of its headers
     * @param bodyTimeout from there to the end of its body
     * @param idleTimeout how long a connection may wait for its next request
     * @param stallTimeout how long a stream waits for a client that does not read
     */
    public record Http(
            String host,
            int port,
            int maxBody,
            Duration headerTimeout,
            Duration bodyTimeout,
            Duration idleTimeout,
            Duration stallTimeout) {
        public static final Http DEFAULT = new Http(
                "127.0.0.1",
                8080,
                2_000_000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30));

        private static final int MAX_BODY = 1 << 30;
        private static final int MAX_PORT = 65_535;

        public Http {
            Faults faults = new Faults();
            faults.require(!host.isBlank(), "http.host must not be blank, was \"%s\"", host);
            faults.require(port >= 0 && port <= MAX_PORT, "http.port must be from 0 to %s, was %s", MAX_PORT, port);
            faults.require(
                    maxBody >= 1 && maxBody <= MAX_BODY,
                    "http.max-body must be from 1 to %s bytes, was %s",
                    MAX_BODY,
                    maxBody);
            positive(faults, "http.header-timeout", headerTimeout);
            positive(faults, "http.body-timeout", bodyTimeout);
            positive(faults, "http.idle-timeout", idleTimeout);
            positive(faults, "http.stall-timeout", stallTimeout);
            faults.raise();
        }

        private static void positive(Faults faults, String key, Duration duration) {
            faults.require(
                    !duration.isZero() && !duration.isNegative(), "%s must be longer than 0, was %s", key, duration);
        }
    }
}

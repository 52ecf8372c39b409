package dev.sublinear.server;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import java.nio.file.Path;

/**
 * All that can be set. Each part refuses values that cannot work and names them by their key.
 *
 * @see ConfigReader for where the values come from
 */
public record ServerConfig(Model model, Cache cache, Engine engine, HttpConfig http) {

    /**
     * Which model runs, and how.
     *
     * @param directory the checkpoint
     * @param name what clients call it
     */
    public record Model(Path directory, String name, Precision precision, ComputeDevice device, Threads threads) {
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
}

package dev.sublinear.server;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.WeightType;
import dev.sublinear.server.source.ModelSource;

/**
 * All that can be set. Each part refuses values that cannot work and names them by their key.
 *
 * @see ConfigReader for where the values come from
 */
public record ServerConfig(Model model, Cache cache, Engine engine, HttpConfig http, MetricsPush metrics) {

    /**
     * Which model runs, and how.
     *
     * @param source the checkpoint, or what stands in for one
     * @param name what clients call it
     * @param defaults how requests are sampled that do not say it
     */
    public record Model(
            ModelSource source,
            String name,
            PrecisionChoice precision,
            ComputeDevice device,
            Threads threads,
            SamplingDefaults defaults) {
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

        /** Returns how a model of these sizes, whose weights are stored so, computes. */
        public Execution execution(ModelSpec spec, WeightType stored) {
            return new Execution(precision.of(stored), device, threads.of(spec));
        }
    }

    /**
     * What sequences may keep.
     *
     * @param capacity of all sequences together
     * @param policy for requests that ask for no other
     * @param allowOverride whether a request may choose another budget and scorer
     */
    public record Cache(CacheCapacity capacity, EvictionPolicy policy, boolean allowOverride) {}

    /**
     * How requests become sequences.
     *
     * @param queueLimit how many requests may wait
     * @param queueTokens how many tokens they may cost together, prompts and answers
     * @param maxRunning how many sequences run at once
     * @param maxBatchTokens how many tokens a step reads
     * @param prefillChunk a prompt is read in so many tokens at a time: the longest that it delays others
     * @param prefixShare how much of the cache's capacity may hold beginnings of prompts for those that begin with the same;
     *     0 to keep none
     * @param overcommit what share of their greatest length answers are reckoned to have when they are admitted; below 1,
     *     some may have to be read again
     */
    public record Engine(
            int queueLimit,
            long queueTokens,
            int maxRunning,
            int maxBatchTokens,
            int prefillChunk,
            double prefixShare,
            double overcommit) {
        public static final Engine DEFAULT = new Engine(64, 1_000_000, 32, 512, 256, 0.5, 1);

        private static final int MAX_QUEUE = 100_000;
        private static final int MAX_RUNNING = 4096;
        private static final int MAX_CHUNK = 8192;
        private static final int BLOCK = 64;

        public Engine {
            Faults faults = new Faults();
            faults.require(queueTokens >= 1, "engine.queue-tokens must be at least 1, was %s", queueTokens);
            faults.require(
                    maxRunning >= 1 && maxRunning <= MAX_RUNNING,
                    "engine.max-running must be from 1 to %s, was %s",
                    MAX_RUNNING,
                    maxRunning);
            faults.require(
                    prefillChunk >= BLOCK && prefillChunk <= MAX_CHUNK && prefillChunk % BLOCK == 0,
                    "engine.prefill-chunk must be a multiple of %s up to %s, was %s",
                    BLOCK,
                    MAX_CHUNK,
                    prefillChunk);
            faults.require(
                    maxBatchTokens >= prefillChunk + maxRunning,
                    "engine.max-batch-tokens must be at least prefill-chunk + max-running, %s, was %s",
                    prefillChunk + maxRunning,
                    maxBatchTokens);
            faults.require(
                    prefixShare >= 0 && prefixShare <= 1,
                    "engine.prefix-share must be from 0 to 1, was %s",
                    prefixShare);
            faults.require(
                    overcommit > 0 && overcommit <= 1,
                    "engine.overcommit must be above 0 and at most 1, was %s",
                    overcommit);
            faults.require(
                    queueLimit >= 1 && queueLimit <= MAX_QUEUE,
                    "engine.queue-limit must be from 1 to %s, was %s",
                    MAX_QUEUE,
                    queueLimit);
            faults.raise();
        }

        /** The default with other bounds of the queue, in requests, and of what runs. */
        public static Engine of(int queueLimit, int maxRunning) {
            return new Engine(
                    queueLimit,
                    DEFAULT.queueTokens,
                    maxRunning,
                    DEFAULT.maxBatchTokens,
                    DEFAULT.prefillChunk,
                    DEFAULT.prefixShare,
                    DEFAULT.overcommit);
        }

        public Engine withPrefixShare(double share) {
            return new Engine(queueLimit, queueTokens, maxRunning, maxBatchTokens, prefillChunk, share, overcommit);
        }

        public Engine withOvercommit(double share) {
            return new Engine(queueLimit, queueTokens, maxRunning, maxBatchTokens, prefillChunk, prefixShare, share);
        }
    }
}

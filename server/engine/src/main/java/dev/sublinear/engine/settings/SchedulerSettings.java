package dev.sublinear.engine.settings;

import dev.sublinear.engine.drafting.Drafter;

/**
 * How requests become sequences.
 *
 * @param queueLimit how many requests may wait
 * @param queueTokens how many tokens they may cost together, prompts and answers
 * @param maxRunning how many sequences run at once
 * @param maxBatchTokens how many tokens a step reads
 * @param prefillChunk tokens of a prompt that one step reads at most: the longest that it delays others
 * @param prefixShare share of the cache's capacity that may hold beginnings of prompts for those that begin with the same;
 *     0 to keep none
 * @param overcommit what share of their greatest length answers are reckoned to have when they are admitted; below 1,
 *     some may have to be read again
 * @param lazy whether a sequence prunes only when what is reserved for its end is full. Its answer then depends on the length
 *     that it may have, and it goes on only from beginnings of sequences of the same length
 * @param promptLookup most tokens that are drafted for a step of a sequence, where a request does not say; 0 for none
 */
public record SchedulerSettings(
        int queueLimit,
        long queueTokens,
        int maxRunning,
        int maxBatchTokens,
        int prefillChunk,
        double prefixShare,
        double overcommit,
        boolean lazy,
        int promptLookup) {
    public static final SchedulerSettings DEFAULT =
            new SchedulerSettings(64, 1_000_000, 32, 512, 256, 0.5, 1, false, Drafter.MOST_DRAFTED);

    private static final int MAX_QUEUE = 100_000;
    private static final int MAX_RUNNING = 4096;
    private static final int MAX_CHUNK = 8192;
    private static final int BLOCK = 64;

    public SchedulerSettings {
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
                prefixShare >= 0 && prefixShare <= 1, "engine.prefix-share must be from 0 to 1, was %s", prefixShare);
        faults.require(
                overcommit > 0 && overcommit <= 1,
                "engine.overcommit must be above 0 and at most 1, was %s",
                overcommit);
        faults.require(
                queueLimit >= 1 && queueLimit <= MAX_QUEUE,
                "engine.queue-limit must be from 1 to %s, was %s",
                MAX_QUEUE,
                queueLimit);
        faults.require(
                promptLookup >= 0 && promptLookup <= Drafter.MOST_DRAFTED,
                "engine.prompt-lookup must be from 0 to %s, was %s",
                Drafter.MOST_DRAFTED,
                promptLookup);
        faults.raise();
    }

    /** The default with other bounds of the queue, in requests, and of what runs. */
    public static SchedulerSettings of(int queueLimit, int maxRunning) {
        return new SchedulerSettings(
                queueLimit,
                DEFAULT.queueTokens,
                maxRunning,
                DEFAULT.maxBatchTokens,
                DEFAULT.prefillChunk,
                DEFAULT.prefixShare,
                DEFAULT.overcommit,
                DEFAULT.lazy,
                DEFAULT.promptLookup);
    }

    public SchedulerSettings withPrefixShare(double share) {
        return new SchedulerSettings(
                queueLimit,
                queueTokens,
                maxRunning,
                maxBatchTokens,
                prefillChunk,
                share,
                overcommit,
                lazy,
                promptLookup);
    }

    public SchedulerSettings withOvercommit(double share) {
        return new SchedulerSettings(
                queueLimit,
                queueTokens,
                maxRunning,
                maxBatchTokens,
                prefillChunk,
                prefixShare,
                share,
                lazy,
                promptLookup);
    }

    public SchedulerSettings withLazy(boolean other) {
        return new SchedulerSettings(
                queueLimit,
                queueTokens,
                maxRunning,
                maxBatchTokens,
                prefillChunk,
                prefixShare,
                overcommit,
                other,
                promptLookup);
    }

    public SchedulerSettings withPromptLookup(int most) {
        return new SchedulerSettings(
                queueLimit, queueTokens, maxRunning, maxBatchTokens, prefillChunk, prefixShare, overcommit, lazy, most);
    }
}

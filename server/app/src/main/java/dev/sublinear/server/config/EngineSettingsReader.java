package dev.sublinear.server.config;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.CacheSettings;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.PrecisionChoice;
import dev.sublinear.engine.settings.SamplingDefaults;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.engine.settings.StorageChoice;
import dev.sublinear.engine.settings.Threads;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.ComputeDevice;
import java.util.List;
import java.util.Optional;

/**
 * Reads how a model runs: the keys that begin with {@code cache} and {@code engine}, and some without a beginning.
 *
 * @param laws of the heads of the model, where its profile has them
 */
record EngineSettingsReader(ConfigValues values, Optional<HeadLaws> laws) {

    /** Returns the settings; what could not be read has its usual value, and its fault is among the values'. */
    EngineSettings read() {
        EngineSettings usual = EngineSettings.DEFAULT;
        return new EngineSettings(
                values.parsed("precision", PrecisionChoice::parse, usual.precision()),
                values.parsed("device", ComputeDevice::new, usual.device()),
                values.parsed("threads", text -> new Threads.Fixed(ConfigValues.wholeNumber(text)), usual.threads()),
                values.parsed("generation-defaults", SamplingDefaults::parse, usual.sampling()),
                values.part(this::cache).orElse(usual.cache()),
                values.part(this::scheduler).orElse(usual.scheduler()));
    }

    private CacheSettings cache() {
        EvictionPolicy usualPolicy = EngineSettings.DEFAULT.cache().policy();
        Protection usual = Protection.DEFAULT;
        BudgetSchedule budget =
                values.parsed("cache.budget", text -> BudgetSchedule.parse(text, laws), usualPolicy.budget());
        Scorer scorer = values.parsed("cache.scorer", Scorers::named, usualPolicy.scorer());
        int sinks = values.integer("cache.sinks", usual.sinks());
        int recent = values.integer("cache.recent", usual.recent());
        double recentShare = values.number("cache.recent-share", usual.recentShare());
        int slack = values.integer("cache.slack", EvictionPolicy.DEFAULT_SLACK);
        CacheCapacity capacity = values.parsed(
                "cache.capacity",
                text -> new CacheCapacity.Fixed(ByteSize.parse(text)),
                new CacheCapacity.OfWhatIsLeft());
        StorageChoice storage = values.parsed(
                "cache.storage",
                StorageChoice::parse,
                EngineSettings.DEFAULT.cache().storage());
        boolean allowOverride = values.parsed("cache.allow-override", ConfigValues::yesOrNo, true);
        try {
            Protection protection = new Protection(sinks, recent, recentShare, Protection.Span.EMPTY);
            EvictionPolicy policy = new EvictionPolicy(budget, scorer, protection, slack);
            return new CacheSettings(capacity, policy, storage, allowOverride);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of("cache." + e.getMessage()));
        }
    }

    private SchedulerSettings scheduler() {
        SchedulerSettings usual = SchedulerSettings.DEFAULT;
        return new SchedulerSettings(
                values.integer("engine.queue-limit", usual.queueLimit()),
                values.integer("engine.queue-tokens", (int) usual.queueTokens()),
                values.integer("engine.max-running", usual.maxRunning()),
                values.integer("engine.max-batch-tokens", usual.maxBatchTokens()),
                values.integer("engine.prefill-chunk", usual.prefillChunk()),
                values.number("engine.prefix-share", usual.prefixShare()),
                values.number("engine.overcommit", usual.overcommit()),
                values.parsed("cache.lazy", ConfigValues::yesOrNo, usual.lazy()),
                values.integer("engine.prompt-lookup", usual.promptLookup()));
    }
}

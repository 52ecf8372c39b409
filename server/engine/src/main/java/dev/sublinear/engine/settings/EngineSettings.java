package dev.sublinear.engine.settings;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.precision.Precision;
import java.util.List;

/**
 * How a model runs, whichever it is.
 *
 * @param sampling how requests are sampled that do not say it
 */
public record EngineSettings(
        PrecisionChoice precision,
        ComputeDevice device,
        Threads threads,
        SamplingDefaults sampling,
        CacheSettings cache,
        SchedulerSettings scheduler) {

    /** The default policy, the precision that the weights suggest, and a cache of what memory is left. */
    public static final EngineSettings DEFAULT = new EngineSettings(
            new PrecisionChoice.Auto(),
            ComputeDevice.CPU,
            new Threads.BySize(),
            SamplingDefaults.MODEL,
            new CacheSettings(
                    new CacheCapacity.OfWhatIsLeft(),
                    EvictionPolicy.of(BudgetSchedule.PowerLaw.DEFAULT, Scorers.DEFAULT),
                    new StorageChoice.Auto(),
                    true),
            SchedulerSettings.DEFAULT);

    /**
     * Returns how a model of these sizes, whose weights are stored so, computes.
     *
     * @throws ConfigException if the device is not there, or cannot compute so
     */
    public Execution execution(ModelSpec spec, WeightType stored) {
        try {
            device.requireUsable();
            Precision computed = precision.of(stored);
            return new Execution(
                    computed, device, threads.of(spec), cache.storage().of(computed, device));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of(String.valueOf(e.getMessage())));
        }
    }

    /** The same with another policy for requests that ask for none. */
    public EngineSettings withPolicy(EvictionPolicy policy) {
        return with(cache.withPolicy(policy));
    }

    public EngineSettings withPrecision(PrecisionChoice other) {
        return new EngineSettings(other, device, threads, sampling, cache, scheduler);
    }

    public EngineSettings withThreads(Threads other) {
        return new EngineSettings(precision, device, other, sampling, cache, scheduler);
    }

    public EngineSettings withSampling(SamplingDefaults other) {
        return new EngineSettings(precision, device, threads, other, cache, scheduler);
    }

    public EngineSettings with(CacheSettings other) {
        return new EngineSettings(precision, device, threads, sampling, other, scheduler);
    }

    public EngineSettings with(SchedulerSettings other) {
        return new EngineSettings(precision, device, threads, sampling, cache, other);
    }
}

package dev.sublinear.evaluation.bench;

import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.precision.Precisions;
import java.util.List;
import java.util.stream.Stream;

/** Milliseconds for a decoded token over the context length: three settings that evict and the full cache, side by side. */
public final class DecodeSpeed {
    private static final int ROUNDS = 6;
    private static final int SETTINGS = 3;

    /** The shortest context that is measured, in tokens. */
    private static final int FROM = 512;

    private final ModelCopies model;
    private final String fingerprint;
    private final List<Setting> settings;
    private final LengthGrid grid;
    private final long capacity;
    private final ResultLog log;

    /**
     * Prepares measurements.
     *
     * @param fingerprint of the checkpoint
     * @param settings of which the first three in the exact precision that evict are measured
     * @param capacity bytes that all caches may use together
     */
    public DecodeSpeed(
            ModelCopies model,
            String fingerprint,
            List<Setting> settings,
            LengthGrid grid,
            long capacity,
            ResultLog log) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.settings = List.copyOf(settings);
        this.grid = grid;
        this.capacity = capacity;
        this.log = log;
    }

    /** Measures what the log has not, on this thread. */
    public void run() {
        try (ModelsByPrecision models = model.get()) {
            Benchmark benchmark =
                    new Benchmark(models.in(Precisions.F32), new Benchmark.Settings(capacity, ROUNDS, 1, true));
            int longest = grid.length() - benchmark.decodedTokens();
            for (int n : grid.lengths()) {
                int context = Math.min(n, longest);
                if (context >= FROM && !log.has(key(context))) {
                    log.add(key(context), benchmark.measure(context, policies()));
                }
            }
        }
    }

    /** Returns the policies of the settings, and the full cache. */
    private List<EvictionPolicy> policies() {
        return Stream.concat(
                        settings.stream()
                                .filter(Setting::inExactPrecision)
                                .map(Setting::policy)
                                .filter(EvictionPolicy::evicts)
                                .limit(SETTINGS),
                        Stream.of(EvictionPolicy.of(new Unlimited(), new RecencyScorer())))
                .toList();
    }

    /** Returns the measurements in the log. */
    public List<Measurement> measurements() {
        return grid.lengths().stream()
                .flatMap(n -> log.startingWith(prefix(), Measurement[].class).stream()
                        .flatMap(Stream::of)
                        .filter(one -> one.context() > n / 2 && one.context() <= n))
                .toList();
    }

    private String prefix() {
        return "speed " + fingerprint + " "
                + policies().stream()
                        .map(policy -> policy.budget() + " " + policy.scorer().name())
                        .toList()
                + " ";
    }

    private String key(int context) {
        return prefix() + context;
    }
}

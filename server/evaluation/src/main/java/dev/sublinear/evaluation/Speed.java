package dev.sublinear.evaluation;

import dev.sublinear.evaluation.bench.Benchmark;
import dev.sublinear.evaluation.bench.Measurement;
import dev.sublinear.kvcache.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.List;
import java.util.stream.Stream;

/** Milliseconds for a decoded token over the length of the context: a few settings and the full cache, side by side. */
final class Speed {
    private static final int ROUNDS = 6;
    private static final int SETTINGS = 3;
    private static final int FROM = 512;

    private final ModelCopies model;
    private final String fingerprint;
    private final Plan plan;
    private final Store store;

    Speed(ModelCopies model, String fingerprint, Plan plan, Store store) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.store = store;
    }

    /** Measures what is left, on this thread. */
    void run() {
        try (Models models = model.get()) {
            Benchmark benchmark =
                    new Benchmark(models.in(Models.EXACT), new Benchmark.Settings(plan.capacity(), ROUNDS, 1, true));
            int longest = plan.length() - benchmark.decodedTokens();
            for (int n : new Grid(plan.length()).lengths()) {
                int context = Math.min(n, longest);
                if (context >= FROM && !store.has(key(context))) {
                    store.add(key(context), benchmark.measure(context, policies()));
                }
            }
        }
    }

    /** The first settings that evict, and the full cache. */
    private List<EvictionPolicy> policies() {
        return Stream.concat(
                        plan.settings().stream()
                                .filter(setting -> setting.precision().equals(Models.EXACT))
                                .map(Setting::policy)
                                .filter(EvictionPolicy::evicts)
                                .limit(SETTINGS),
                        Stream.of(EvictionPolicy.of(new Unlimited(), new RecencyScorer())))
                .toList();
    }

    /** What has been measured. */
    List<Measurement> measurements() {
        return new Grid(plan.length())
                .lengths().stream()
                        .flatMap(n -> store.startingWith(prefix(), Measurement[].class).stream()
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

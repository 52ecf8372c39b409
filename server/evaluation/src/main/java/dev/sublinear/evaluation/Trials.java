package dev.sublinear.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Puts every probe to every setting, and to the full cache, so many times: the same trials to all of them. */
final class Trials {
    private static final long SEED = 5;
    private static final int DEPTHS = 5;

    private final String fingerprint;
    private final Plan plan;
    private final Corpus corpus;
    private final Tokenizer tokenizer;
    private final Store store;

    Trials(String fingerprint, Plan plan, Corpus corpus, Tokenizer tokenizer, Store store) {
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.corpus = corpus;
        this.tokenizer = tokenizer;
        this.store = store;
    }

    /** What is left to ask. */
    List<Workers.Job> jobs() {
        Words words = new Words(corpus.texts());
        List<Workers.Job> jobs = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            for (int trial = 0; trial < plan.trials(); trial++) {
                jobs.addAll(job(probe, trial, words).stream().toList());
            }
        }
        return jobs;
    }

    private Optional<Workers.Job> job(Probe probe, int trial, Words words) {
        List<Setting> missing = askedOf().stream()
                .filter(setting -> !store.has(key(probe, trial, setting)))
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        double cost = (double) plan.probeContext() * missing.size();
        return Optional.of(new Workers.Job(probe.name() + " " + (trial + 1), cost, models -> {
            Probe.Trial drawn = probe.draw(material(trial, words));
            for (Setting setting : missing) {
                setting.pinning(drawn.pinned())
                        .ifPresent(policy -> store.add(
                                key(probe, trial, setting),
                                Recollection.score(models.in(setting.precision()), policy, drawn)));
            }
        }));
    }

    private Material material(int trial, Words words) {
        double depth = (trial % DEPTHS + 0.5) / DEPTHS;
        return new Material(corpus, tokenizer, words, new Random(SEED + trial), plan.probeContext(), depth);
    }

    /** The full cache first, which all others are measured by. */
    private List<Setting> askedOf() {
        List<Setting> asked = new ArrayList<>(List.of(uncut()));
        asked.addAll(plan.probed());
        return asked;
    }

    /** The full cache as a setting. */
    static Setting uncut() {
        BudgetSchedule unlimited = new BudgetSchedule.Unlimited();
        return Setting.of(Models.EXACT, unlimited, "recency", EvictionPolicy.of(unlimited, new RecencyScorer()));
    }

    /** Every setting on every probe of which all trials have been made. */
    List<Remembered> remembered() {
        List<Remembered> remembered = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            double[] full = scores(probe, uncut());
            for (Setting setting : plan.probed()) {
                double[] scores = scores(probe, setting);
                if (scores.length == plan.trials() && full.length == plan.trials()) {
                    Interval score = Bootstrap.mean(scores);
                    Interval ceiling = Bootstrap.mean(full);
                    remembered.add(new Remembered(
                            probe.name(),
                            setting,
                            plan.probeContext(),
                            plan.trials(),
                            score,
                            ceiling,
                            ceiling.mean() > 0 ? score.mean() / ceiling.mean() : Double.NaN));
                }
            }
        }
        return remembered;
    }

    private double[] scores(Probe probe, Setting setting) {
        return IntStream.range(0, plan.trials())
                .mapToObj(trial -> store.find(key(probe, trial, setting), Double.class))
                .flatMap(Optional::stream)
                .mapToDouble(score -> score)
                .toArray();
    }

    private String key(Probe probe, int trial, Setting setting) {
        return "probe " + fingerprint + " " + corpus.key() + " " + probe.name() + " " + plan.probeContext() + " "
                + trial + " " + Readings.json(setting);
    }
}

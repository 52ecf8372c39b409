package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Wilson;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Puts every probe to the full cache, in a number of trials, and those that it answers to every setting: where a model does not
 * know the answer with everything kept, nothing can be learned of what eviction costs.
 */
public final class ProbeTrials {
    private static final long SEED = 5;

    /** Depths of the needle, which the trials take in turn. */
    private static final int DEPTHS = 5;

    private final String fingerprint;
    private final List<Setting> settings;
    private final int trials;
    private final int context;
    private final Corpus corpus;
    private final Tokenizer tokenizer;
    private final ResultLog log;

    /**
     * Prepares trials.
     *
     * @param fingerprint of the checkpoint
     * @param trials of each probe
     * @param context tokens before the questions
     */
    public ProbeTrials(
            String fingerprint,
            List<Setting> settings,
            int trials,
            int context,
            Corpus corpus,
            Tokenizer tokenizer,
            ResultLog log) {
        this.fingerprint = fingerprint;
        this.settings = List.copyOf(settings);
        this.trials = trials;
        this.context = context;
        this.corpus = corpus;
        this.tokenizer = tokenizer;
        this.log = log;
    }

    /** Returns the jobs for the trials that have not been made yet. */
    public List<Workers.Job> jobs() {
        WordList words = new WordList(corpus.runningTexts());
        List<Workers.Job> jobs = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            for (int trial = 0; trial < trials; trial++) {
                jobs.addAll(job(probe, trial, words).stream().toList());
            }
        }
        return jobs;
    }

    private Optional<Workers.Job> job(Probe probe, int trial, WordList words) {
        List<Setting> missing = settings.stream()
                .filter(setting -> !log.has(key(probe, trial, setting)))
                .toList();
        Optional<Double> full = score(probe, trial, Setting.fullCache());
        if (full.isPresent() && (full.get() == 0 || missing.isEmpty())) {
            return Optional.empty();
        }
        double cost = context * (1.0 + missing.size());
        return Optional.of(new Workers.Job(probe.name() + " " + (trial + 1), cost, models -> {
            Trial drawn = probe.draw(haystack(trial, words));
            double known = full.orElseGet(() -> put(models, probe, trial, drawn, Setting.fullCache()));
            if (known > 0) {
                missing.forEach(setting -> put(models, probe, trial, drawn, setting));
            }
        }));
    }

    /** Returns the score of a trial, which it logs; none where the policy has no room for what it must keep. */
    private double put(ModelsByPrecision models, Probe probe, int trial, Trial drawn, Setting setting) {
        Optional<EvictionPolicy> policy = setting.pinning(drawn.pinned());
        if (policy.isEmpty()) {
            return 0;
        }
        double score = drawn.score(models.in(setting.precision()), policy.get(), tokenizer);
        log.add(key(probe, trial, setting), score);
        return score;
    }

    private Haystack haystack(int trial, WordList words) {
        double depth = (trial % DEPTHS + 0.5) / DEPTHS;
        return new Haystack(corpus, tokenizer, words, new Random(SEED + trial), context, depth);
    }

    /** Returns every setting on every probe, where all trials have been made. */
    public List<ProbeResult> results() {
        List<ProbeResult> results = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            for (Setting setting : settings) {
                result(probe, setting).ifPresent(results::add);
            }
        }
        return results;
    }

    private Optional<ProbeResult> result(Probe probe, Setting setting) {
        double full = 0;
        double recalled = 0;
        int known = 0;
        for (int trial = 0; trial < trials; trial++) {
            Optional<Double> ceiling = score(probe, trial, Setting.fullCache());
            if (ceiling.isEmpty()) {
                return Optional.empty();
            }
            if (ceiling.get() > 0) {
                Optional<Double> score = score(probe, trial, setting);
                if (score.isEmpty()) {
                    return Optional.empty();
                }
                full += ceiling.get();
                recalled += Math.min(1, score.get() / ceiling.get());
                known++;
            }
        }
        return Optional.of(new ProbeResult(
                probe.name(), setting, context, trials, Wilson.of(full, trials), known, Wilson.of(recalled, known)));
    }

    private Optional<Double> score(Probe probe, int trial, Setting setting) {
        return log.find(key(probe, trial, setting), Double.class);
    }

    private String key(Probe probe, int trial, Setting setting) {
        return "probe " + fingerprint + " " + corpus.key() + " " + probe.name() + " " + context + " " + trial + " "
                + setting.key();
    }
}

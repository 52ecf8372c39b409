package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Puts every probe to the full cache and to every setting, in a number of trials that are the same for all of them. */
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
        WordList words = new WordList(corpus.texts());
        List<Workers.Job> jobs = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            for (int trial = 0; trial < trials; trial++) {
                jobs.addAll(job(probe, trial, words).stream().toList());
            }
        }
        return jobs;
    }

    private Optional<Workers.Job> job(Probe probe, int trial, WordList words) {
        List<Setting> missing = withFullCache().stream()
                .filter(setting -> !log.has(key(probe, trial, setting)))
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        double cost = (double) context * missing.size();
        return Optional.of(new Workers.Job(probe.name() + " " + (trial + 1), cost, models -> {
            Trial drawn = probe.draw(haystack(trial, words));
            for (Setting setting : missing) {
                setting.pinning(drawn.pinned())
                        .ifPresent(policy -> log.add(
                                key(probe, trial, setting), drawn.score(models.in(setting.precision()), policy)));
            }
        }));
    }

    private Haystack haystack(int trial, WordList words) {
        double depth = (trial % DEPTHS + 0.5) / DEPTHS;
        return new Haystack(corpus, tokenizer, words, new Random(SEED + trial), context, depth);
    }

    /** Returns the full cache and then the settings. */
    private List<Setting> withFullCache() {
        List<Setting> asked = new ArrayList<>(List.of(Setting.fullCache()));
        asked.addAll(settings);
        return asked;
    }

    /** Returns every setting on every probe, where all trials have been made. */
    public List<ProbeResult> results() {
        List<ProbeResult> results = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            double[] full = scores(probe, Setting.fullCache());
            for (Setting setting : settings) {
                double[] scores = scores(probe, setting);
                if (scores.length == trials && full.length == trials) {
                    Interval score = Bootstrap.mean(scores);
                    Interval ceiling = Bootstrap.mean(full);
                    results.add(new ProbeResult(
                            probe.name(),
                            setting,
                            context,
                            trials,
                            score,
                            ceiling,
                            ceiling.mean() > 0 ? score.mean() / ceiling.mean() : Double.NaN));
                }
            }
        }
        return results;
    }

    private double[] scores(Probe probe, Setting setting) {
        return IntStream.range(0, trials)
                .mapToObj(trial -> log.find(key(probe, trial, setting), Double.class))
                .flatMap(Optional::stream)
                .mapToDouble(score -> score)
                .toArray();
    }

    private String key(Probe probe, int trial, Setting setting) {
        return "probe " + fingerprint + " " + corpus.key() + " " + probe.name() + " " + context + " " + trial + " "
                + setting.key();
    }
}

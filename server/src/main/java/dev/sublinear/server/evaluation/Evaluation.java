package dev.sublinear.server.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.bench.Benchmark;
import dev.sublinear.server.bench.Measurement;
import dev.sublinear.server.evaluation.Plan.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Runs a plan, or what is left of it. */
public final class Evaluation {
    private static final long SEED = 5;
    private static final int CONTROL_DOCUMENTS = 3;
    private static final int DEPTHS = 5;
    private static final int SPEED_ROUNDS = 6;

    private final Checkpoint checkpoint;
    private final String name;
    private final String fingerprint;
    private final Plan plan;
    private final Corpus corpus;
    private final Tokenizer tokenizer;
    private final List<Document> documents;
    private final Readings readings;
    private final Store store;

    /**
     * Prepares a run.
     *
     * @param name of the checkpoint
     * @param fingerprint of the checkpoint
     * @param file of JSON lines in which results are looked up and kept
     * @throws IllegalArgumentException if the texts are too short, or the file holds something else
     */
    public Evaluation(
            Checkpoint checkpoint,
            String name,
            String fingerprint,
            Plan plan,
            Corpus corpus,
            Tokenizer tokenizer,
            Path file) {
        this.checkpoint = checkpoint;
        this.name = name;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.corpus = corpus;
        this.tokenizer = tokenizer;
        this.documents = corpus.documents(plan.documents(), plan.length());
        this.store = new Store(file);
        this.readings = new Readings(checkpoint, fingerprint, store, plan.workers(), plan.capacity(), documents);
    }

    /** What attention has shown in one document, whatever the settings. */
    public record Attention(List<Need> needs, List<OracleLoss> oracle) {}

    /** Measures what is not in the file yet, and returns all of it. */
    public Findings run(Workers.Progress progress) {
        List<Workers.Job> jobs = new ArrayList<>();
        if (plan.parts().contains(Part.FIDELITY)) {
            jobs.addAll(readings.jobs(plan.settings()));
        }
        if (plan.parts().contains(Part.PROBES)) {
            jobs.addAll(trials());
        }
        Workers.run(plan.workers(), checkpoint, jobs, progress);
        if (plan.parts().contains(Part.CONTROLS)) {
            controls(progress);
        }
        if (plan.parts().contains(Part.SPEED)) {
            speed();
        }
        return findings();
    }

    private List<Workers.Job> trials() {
        Words words = new Words(corpus.texts());
        List<Workers.Job> jobs = new ArrayList<>();
        for (Probe probe : Probes.ALL) {
            for (int i = 0; i < plan.trials(); i++) {
                int trial = i;
                List<Setting> missing = askedOf().stream()
                        .filter(setting -> !store.has(key(probe, trial, setting)))
                        .toList();
                if (!missing.isEmpty()) {
                    double cost = (double) plan.probeContext() * missing.size();
                    jobs.add(new Workers.Job(probe.name() + " " + (trial + 1), cost, models -> {
                        Random random = new Random(SEED + trial);
                        double depth = (trial % DEPTHS + 0.5) / DEPTHS;
                        Material material = new Material(corpus, tokenizer, words, random, plan.probeContext(), depth);
                        Probe.Trial drawn = probe.draw(material);
                        for (Setting setting : missing) {
                            CausalLm model = models.in(setting.precision());
                            setting.pinning(drawn.pinned())
                                    .ifPresent(policy -> store.add(
                                            key(probe, trial, setting), Recollection.score(model, policy, drawn)));
                        }
                    }));
                }
            }
        }
        return jobs;
    }

    /** The full cache first, which all others are measured by. */
    private List<Setting> askedOf() {
        List<Setting> asked = new ArrayList<>(List.of(uncut()));
        asked.addAll(plan.probed());
        return asked;
    }

    private static Setting uncut() {
        return Setting.of(
                Models.EXACT,
                new BudgetSchedule.Unlimited(),
                "recency",
                EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()));
    }

    private List<Document> controlDocuments() {
        return documents.subList(0, Math.min(CONTROL_DOCUMENTS, documents.size()));
    }

    private void controls(Workers.Progress progress) {
        List<Document> missing = controlDocuments().stream()
                .filter(document -> !store.has(twinKey(document)))
                .toList();
        try {
            if (missing.isEmpty() || ShuffledTwin.bytes(checkpoint.directory()) > ShuffledTwin.MOST_BYTES) {
                return;
            }
            Path directory = Files.createTempDirectory("sublinear-twin");
            try {
                ShuffledTwin.write(checkpoint.directory(), directory);
                Supplier<Models> twin = new Checkpoint(directory, checkpoint.usual());
                List<Workers.Job> jobs = missing.stream()
                        .map(document -> new Workers.Job("random weights, " + document.name(), 1, models -> {
                            Reading reading = new Fidelity(models, plan.capacity()).read(document, List.of());
                            store.add(twinKey(document), new Attention(reading.needs(), reading.oracle()));
                        }))
                        .toList();
                Workers.run(plan.workers(), twin, jobs, progress);
            } finally {
                delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private void speed() {
        List<EvictionPolicy> policies = plan.settings().stream()
                .filter(setting -> setting.precision().equals(Models.EXACT))
                .map(Setting::policy)
                .filter(EvictionPolicy::evicts)
                .limit(3)
                .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
        policies.add(EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()));
        try (Models models = checkpoint.get()) {
            Benchmark benchmark = new Benchmark(
                    models.in(Models.EXACT), new Benchmark.Settings(plan.capacity(), SPEED_ROUNDS, 1, true));
            for (int context : speedContexts(benchmark.decodedTokens())) {
                if (!store.has(speedKey(context, policies))) {
                    store.add(speedKey(context, policies), benchmark.measure(context, policies));
                }
            }
        }
    }

    private List<Integer> speedContexts(int more) {
        return new Grid(plan.length())
                .lengths().stream()
                        .filter(n -> n >= 512)
                        .map(n -> Math.min(n, plan.length() - more))
                        .toList();
    }

    private Findings findings() {
        List<Integer> lengths = new Grid(plan.length()).lengths();
        Readings complete = readings.complete(plan.settings());
        return new Findings(
                name,
                fingerprint,
                plan,
                complete.documents().stream().map(Document::name).toList(),
                plan.settings().stream()
                        .flatMap(setting -> complete.summaries(setting).stream())
                        .toList(),
                lengths.stream().map(this::uncutBytes).toList(),
                complete.attention(),
                controlDocuments().stream()
                        .flatMap(document -> store.find(twinKey(document), Attention.class).stream())
                        .toList(),
                remembered(),
                store.startingWith("speed " + fingerprint + " ", Measurement[].class).stream()
                        .flatMap(Arrays::stream)
                        .toList());
    }

    private long uncutBytes(int n) {
        EvictionPolicy policy = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        return checkpoint.shape().keptBytes(policy, n);
    }

    private List<Remembered> remembered() {
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
                            score.mean() / ceiling.mean()));
                }
            }
        }
        return remembered;
    }

    private double[] scores(Probe probe, Setting setting) {
        return IntStream.range(0, plan.trials())
                .mapToObj(trial -> store.find(key(probe, trial, setting), Double.class))
                .flatMap(java.util.Optional::stream)
                .mapToDouble(score -> score)
                .toArray();
    }

    private String twinKey(Document document) {
        return "random weights " + fingerprint + " " + document.key();
    }

    private String speedKey(int context, List<EvictionPolicy> policies) {
        return "speed " + fingerprint + " " + context + " "
                + policies.stream()
                        .map(policy -> policy.budget() + " " + policy.scorer().name())
                        .toList();
    }

    private String key(Probe probe, int trial, Setting setting) {
        return "probe " + fingerprint + " " + probe.name() + " " + plan.probeContext() + " " + trial + " "
                + Readings.json(setting);
    }
}

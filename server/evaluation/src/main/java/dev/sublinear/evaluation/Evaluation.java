package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plan.Part;
import dev.sublinear.kvcache.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a plan, or what is left of it. */
public final class Evaluation {
    private final ModelCopies model;
    private final String name;
    private final String fingerprint;
    private final Plan plan;
    private final Readings readings;
    private final Trials trials;
    private final Continuations continuations;
    private final Controls controls;
    private final Speed speed;

    /**
     * Prepares a run.
     *
     * @param name of the checkpoint
     * @param fingerprint of the checkpoint
     * @param file of JSON lines in which results are looked up and kept
     * @throws IllegalArgumentException if the texts are too short, or the file holds something else
     */
    public Evaluation(
            ModelCopies model,
            String name,
            String fingerprint,
            Plan plan,
            Corpus corpus,
            Tokenizer tokenizer,
            Path file) {
        List<Document> documents = corpus.documents(plan.documents(), plan.length());
        Store store = new Store(file);
        this.model = model;
        this.name = name;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.readings = new Readings(model, fingerprint, store, plan.workers(), plan.capacity(), documents);
        this.trials = new Trials(fingerprint, plan, corpus, tokenizer, store);
        this.continuations = new Continuations(fingerprint, plan, documents, store);
        this.controls = new Controls(model, fingerprint, plan, documents, store);
        this.speed = new Speed(model, fingerprint, plan, store);
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
            jobs.addAll(trials.jobs());
        }
        if (plan.parts().contains(Part.GENERATION)) {
            jobs.addAll(continuations.jobs());
        }
        Workers.run(plan.workers(), model, jobs, progress);
        if (plan.parts().contains(Part.CONTROLS)) {
            controls.run(progress);
        }
        if (plan.parts().contains(Part.SPEED)) {
            speed.run();
        }
        return findings();
    }

    private Findings findings() {
        Readings complete = readings.complete(plan.settings());
        return new Findings(
                name,
                fingerprint,
                plan,
                complete.documents().stream().map(Document::name).toList(),
                plan.settings().stream()
                        .flatMap(setting -> complete.summaries(setting).stream())
                        .toList(),
                new Grid(plan.length()).lengths().stream().map(this::uncutBytes).toList(),
                complete.attention(),
                controls.attention(),
                trials.remembered(),
                continuations.continued(),
                speed.measurements());
    }

    private long uncutBytes(int n) {
        return model.spec().kvShape().keptBytes(EvictionPolicy.of(new Unlimited(), new RecencyScorer()), n);
    }
}

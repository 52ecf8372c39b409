package dev.sublinear.evaluation;

import dev.sublinear.evaluation.EvaluationPlan.Part;
import dev.sublinear.evaluation.bench.DecodeSpeed;
import dev.sublinear.evaluation.continuation.Continuations;
import dev.sublinear.evaluation.control.ShuffledControl;
import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.fidelity.DocumentReadings;
import dev.sublinear.evaluation.fidelity.Fidelity;
import dev.sublinear.evaluation.probe.ProbeTrials;
import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.WorkerPlan;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/** Runs a plan. Results that the file has already are not measured again. */
public final class Evaluation {
    private final ModelCopies model;
    private final String name;
    private final String fingerprint;
    private final EvaluationPlan plan;
    private final DocumentReadings readings;
    private final ProbeTrials probes;
    private final Continuations continuations;
    private final ShuffledControl shuffled;
    private final DecodeSpeed speed;

    /**
     * Prepares a run.
     *
     * @param name of the checkpoint
     * @param fingerprint of the checkpoint
     * @param file of results, JSON lines, in which they are looked up and kept
     * @throws IllegalArgumentException if the texts are too short, or the file has other lines than results
     */
    public Evaluation(
            ModelCopies model,
            String name,
            String fingerprint,
            EvaluationPlan plan,
            Corpus corpus,
            Tokenizer tokenizer,
            Path file) {
        WorkerPlan workers = plan.workers();
        List<Document> documents = corpus.documents(plan.documents(), plan.length());
        ResultLog log = new ResultLog(file);
        this.model = model;
        this.name = name;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.readings = new DocumentReadings(model, fingerprint, log, workers.workers(), workers.capacity(), documents);
        this.probes =
                new ProbeTrials(fingerprint, plan.probed(), plan.trials(), plan.probeContext(), corpus, tokenizer, log);
        this.continuations = new Continuations(fingerprint, plan.probed(), plan.probeContext(), documents, log);
        this.shuffled = new ShuffledControl(model, fingerprint, documents, workers.workers(), workers.capacity(), log);
        this.speed = new DecodeSpeed(
                model, fingerprint, plan.settings(), new LengthGrid(plan.length()), workers.capacity(), log);
    }

    /**
     * Measures what the file has not, and returns all results of the plan.
     *
     * @param announced hears first how many seconds that will take, from the speed of this machine now: a rough figure, without
     *     the speed of decoding
     */
    public Findings run(DoubleConsumer announced, Workers.Progress progress) {
        List<Workers.Job> jobs = new ArrayList<>(jobs());
        double tokens = jobs.stream().mapToDouble(Workers.Job::cost).sum();
        if (plan.parts().contains(Part.CONTROLS)) {
            tokens += shuffled.cost();
        }
        if (jobs.isEmpty()) {
            announced.accept(0);
        } else {
            jobs.add(0, timing(tokens / plan.workers().workers(), announced));
        }
        Workers.run(plan.workers().workers(), model, jobs, progress);
        if (plan.parts().contains(Part.CONTROLS)) {
            shuffled.run(progress);
        }
        if (plan.parts().contains(Part.SPEED)) {
            speed.run();
        }
        return findings();
    }

    /** Returns a job that finds out how long a worker takes for a number of tokens. */
    private Workers.Job timing(double tokens, DoubleConsumer announced) {
        return new Workers.Job(
                "the time that it takes",
                0,
                models -> announced.accept(
                        tokens * new Fidelity(models, plan.workers().capacity()).secondsPerToken()));
    }

    /** Returns what is not measured yet, document by document first; the cost of a job is in tokens read under a setting. */
    private List<Workers.Job> jobs() {
        List<Workers.Job> jobs = new ArrayList<>();
        if (plan.parts().contains(Part.FIDELITY)) {
            jobs.addAll(readings.jobs(plan.settings()));
        }
        if (plan.parts().contains(Part.PROBES)) {
            jobs.addAll(probes.jobs());
        }
        if (plan.parts().contains(Part.GENERATION)) {
            jobs.addAll(continuations.jobs());
        }
        return jobs;
    }

    /** Returns the results that the file has, of a run that has ended or been stopped: only whole documents and probes count. */
    public Findings findings() {
        DocumentReadings complete = readings.complete(plan.settings());
        return new Findings(
                name,
                fingerprint,
                plan,
                complete.documents().stream().map(Document::name).toList(),
                complete.documents().stream().map(Document::kind).toList(),
                plan.settings().stream()
                        .flatMap(setting -> complete.summaries(setting).stream())
                        .toList(),
                new LengthGrid(plan.length())
                        .lengths().stream().map(this::fullCacheBytes).toList(),
                complete.attention(),
                shuffled.attention(),
                probes.results(),
                continuations.results(),
                speed.measurements());
    }

    private long fullCacheBytes(int n) {
        return model.spec()
                .kvShape(KvStorage.FLOAT32)
                .keptBytes(Setting.fullCache().policy(), n);
    }
}

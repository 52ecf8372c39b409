package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.loss.ErrorGrid;
import dev.sublinear.evaluation.loss.ErrorReader;
import dev.sublinear.evaluation.loss.FittingDocument;
import dev.sublinear.evaluation.loss.HeadErrors;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.model.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Readings of documents by several workers; what the log of results has is not read again. */
final class Readings {
    /** What else a reading costs, as a share of what it costs the model to read a document. */
    private static final double ERRORS = 0.5;

    private static final double LOGITS = 0.2;

    private final ModelCopies model;
    private final String fingerprint;
    private final ResultLog log;
    private final int workers;
    private final long capacity;

    Readings(ModelCopies model, String fingerprint, ResultLog log, int workers, long capacity) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.log = log;
        this.workers = workers;
        this.capacity = capacity;
    }

    static double costOfErrors(List<FittingDocument> documents) {
        return tokens(documents.stream().map(FittingDocument::document).toList()) * (1 + ERRORS);
    }

    static double costOfDivergences(List<Document> documents, int policies) {
        return tokens(documents) * (1 + policies) * (1 + LOGITS);
    }

    private static int tokens(List<Document> documents) {
        return documents.stream().mapToInt(document -> document.tokens().length).sum();
    }

    /** Returns the errors of each document's heads. */
    List<HeadErrors> errors(
            List<FittingDocument> documents,
            Scorer scorer,
            Protection protection,
            ErrorGrid grid,
            Workers.Progress progress) {
        List<String> keys = documents.stream()
                .map(document -> "head-errors " + fingerprint + " " + document.key() + " " + scorer.text() + " "
                        + protection + " " + grid)
                .toList();
        List<Workers.Job> jobs = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            FittingDocument document = documents.get(i);
            String key = keys.get(i);
            if (!log.has(key)) {
                jobs.add(job(document.document(), costOfErrors(List.of(document)), models -> {
                    try (Checkpoint checkpoint = model.checkpoint().get()) {
                        ErrorReader reader = new ErrorReader(
                                models.in(Setting.EXACT), checkpoint, scorer, protection, grid, capacity);
                        log.add(key, reader.read(document));
                    }
                }));
            }
        }
        Workers.run(workers, model, jobs, progress);
        return keys.stream().map(key -> found(key, HeadErrors.class)).toList();
    }

    /**
     * Returns for each policy and document the divergence at each length: the mean over the positions that follow more than n/2
     * and at most n tokens.
     */
    List<List<double[]>> divergences(
            List<Document> documents, List<EvictionPolicy> policies, List<Integer> lengths, Workers.Progress progress) {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<EvictionPolicy> missing = policies.stream()
                    .filter(policy -> !log.has(key(document, policy, lengths)))
                    .toList();
            if (!missing.isEmpty()) {
                jobs.add(job(document, costOfDivergences(List.of(document), missing.size()), models -> {
                    List<double[]> nats =
                            new OnlineDivergence(models.in(Setting.EXACT), capacity).read(document, missing);
                    for (int i = 0; i < nats.size(); i++) {
                        log.add(key(document, missing.get(i), lengths), atLengths(nats.get(i), lengths));
                    }
                }));
            }
        }
        Workers.run(workers, model, jobs, progress);
        return policies.stream()
                .map(policy -> documents.stream()
                        .map(document -> found(key(document, policy, lengths), double[].class))
                        .toList())
                .toList();
    }

    private static Workers.Job job(Document document, double cost, Consumer<ModelsByPrecision> work) {
        return new Workers.Job(document.name(), cost, work);
    }

    private String key(Document document, EvictionPolicy policy, List<Integer> lengths) {
        Object budget = policy.budget() instanceof HeadLaws laws ? laws.layers() + " " + laws.scale() : policy.budget();
        return "divergence " + fingerprint + " " + document.key() + " "
                + policy.scorer().text() + " "
                + policy.protection() + " " + policy.slack() + " " + lengths + " "
                + Integer.toHexString(budget.toString().hashCode());
    }

    private <T> T found(String key, Class<T> type) {
        return log.find(key, type).orElseThrow(() -> new IllegalStateException("nothing was read for " + key));
    }

    /** @param nats by position; position i follows i + 1 tokens */
    private static double[] atLengths(double[] nats, List<Integer> lengths) {
        return lengths.stream()
                .mapToDouble(n -> Arrays.stream(nats, n / 2, Math.min(n, nats.length))
                        .average()
                        .orElseThrow())
                .toArray();
    }
}

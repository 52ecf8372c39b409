package dev.sublinear.evaluation.control;

import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.fidelity.DocumentReadings;
import dev.sublinear.evaluation.fidelity.Fidelity;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import java.util.List;

/** The full attention of the {@link ShuffledCheckpoint}: what it has in common with the trained model's has not been learned. */
public final class ShuffledControl {
    private static final int DOCUMENTS = 3;

    private final ModelCopies model;
    private final String fingerprint;
    private final List<Document> documents;
    private final int workers;
    private final long capacity;
    private final ResultLog log;

    /**
     * Prepares the readings.
     *
     * @param fingerprint of the trained checkpoint
     * @param documents of which the first three are read
     * @param capacity bytes for the caches of one worker
     */
    public ShuffledControl(
            ModelCopies model,
            String fingerprint,
            List<Document> documents,
            int workers,
            long capacity,
            ResultLog log) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.documents = documents.subList(0, Math.min(DOCUMENTS, documents.size()));
        this.workers = workers;
        this.capacity = capacity;
        this.log = log;
    }

    /** Returns the cost of {@link #run}, in tokens read under a setting. */
    public double cost() {
        return missing().stream()
                .mapToDouble(document -> DocumentReadings.cost(document, List.of()))
                .sum();
    }

    private List<Document> missing() {
        return ShuffledCheckpoint.isAffordable(model.spec())
                ? documents.stream().filter(document -> !log.has(key(document))).toList()
                : List.of();
    }

    /** Reads what the log has not, unless the model is too large to be shuffled. */
    public void run(Workers.Progress progress) {
        List<Document> missing = missing();
        if (!missing.isEmpty()) {
            Workers.run(
                    workers,
                    model.of(ShuffledCheckpoint::new),
                    missing.stream().map(this::job).toList(),
                    progress);
        }
    }

    private Workers.Job job(Document document) {
        return new Workers.Job(
                "random weights, " + document.name(),
                DocumentReadings.cost(document, List.of()),
                models -> log.add(
                        key(document),
                        new Fidelity(models, capacity).read(document, List.of()).attention()));
    }

    /** Returns the attention of each document that has been read. */
    public List<DocumentAttention> attention() {
        return documents.stream()
                .flatMap(document -> log.find(key(document), DocumentAttention.class).stream())
                .toList();
    }

    private String key(Document document) {
        return "random weights " + fingerprint + " " + document.key();
    }
}

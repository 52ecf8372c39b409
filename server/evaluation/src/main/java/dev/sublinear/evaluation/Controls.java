package dev.sublinear.evaluation;

import java.util.List;

/** Attention of the {@link ShuffledTwin}: what it shows, too, has not been learned. */
final class Controls {
    private static final int DOCUMENTS = 3;

    private final ModelCopies model;
    private final String fingerprint;
    private final Plan plan;
    private final List<Document> documents;
    private final Store store;

    /** @param documents of which a few are read */
    Controls(ModelCopies model, String fingerprint, Plan plan, List<Document> documents, Store store) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.documents = documents.subList(0, Math.min(DOCUMENTS, documents.size()));
        this.store = store;
    }

    /** Reads what is left, unless the model is too large to be shuffled. */
    void run(Workers.Progress progress) {
        List<Document> missing =
                documents.stream().filter(document -> !store.has(key(document))).toList();
        if (!missing.isEmpty() && ShuffledTwin.isAffordable(model.spec())) {
            Workers.run(
                    plan.workers(),
                    model.of(ShuffledTwin::new),
                    missing.stream().map(this::job).toList(),
                    progress);
        }
    }

    private Workers.Job job(Document document) {
        return new Workers.Job("random weights, " + document.name(), document.tokens().length, models -> {
            Reading reading = new Fidelity(models, plan.capacity()).read(document, List.of());
            store.add(key(document), new Evaluation.Attention(reading.needs(), reading.oracle()));
        });
    }

    /** What has been read. */
    List<Evaluation.Attention> attention() {
        return documents.stream()
                .flatMap(document -> store.find(key(document), Evaluation.Attention.class).stream())
                .toList();
    }

    private String key(Document document) {
        return "random weights " + fingerprint + " " + document.key();
    }
}

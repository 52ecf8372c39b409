package dev.sublinear.server.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Attention of the {@link ShuffledTwin}: what it shows, too, has not been learned. */
final class Controls {
    private static final int DOCUMENTS = 3;

    private final Checkpoint checkpoint;
    private final String fingerprint;
    private final Plan plan;
    private final List<Document> documents;
    private final Store store;

    /** @param documents of which a few are read */
    Controls(Checkpoint checkpoint, String fingerprint, Plan plan, List<Document> documents, Store store) {
        this.checkpoint = checkpoint;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.documents = documents.subList(0, Math.min(DOCUMENTS, documents.size()));
        this.store = store;
    }

    /** Reads what is left, unless the checkpoint is too large for a copy. */
    void run(Workers.Progress progress) {
        List<Document> missing =
                documents.stream().filter(document -> !store.has(key(document))).toList();
        try {
            if (!missing.isEmpty() && ShuffledTwin.bytes(checkpoint.directory()) <= ShuffledTwin.MOST_BYTES) {
                read(missing, progress);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(List<Document> missing, Workers.Progress progress) throws IOException {
        Path directory = Files.createTempDirectory("sublinear-twin");
        try {
            ShuffledTwin.write(checkpoint.directory(), directory);
            Checkpoint twin = new Checkpoint(directory, checkpoint.usual());
            Workers.run(plan.workers(), twin, missing.stream().map(this::job).toList(), progress);
        } finally {
            delete(directory);
        }
    }

    private Workers.Job job(Document document) {
        return new Workers.Job("random weights, " + document.name(), document.tokens().length, models -> {
            Reading reading = new Fidelity(models, plan.capacity()).read(document, List.of());
            store.add(key(document), new Evaluation.Attention(reading.needs(), reading.oracle()));
        });
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
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

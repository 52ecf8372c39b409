package dev.sublinear.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.evaluation.Evaluation.Attention;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Documents that are read under settings, each once: what the store has is not read again. */
final class Readings {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Settings that share a reading of the full cache: who stops a run loses no more. */
    private static final int AT_ONCE = 18;

    private final ModelCopies model;
    private final String fingerprint;
    private final Store store;
    private final int workers;
    private final long capacity;
    private final List<Document> documents;

    Readings(ModelCopies model, String fingerprint, Store store, int workers, long capacity, List<Document> documents) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.store = store;
        this.workers = workers;
        this.capacity = capacity;
        this.documents = documents;
    }

    /** Reads the documents under these settings. */
    void read(List<Setting> settings, Workers.Progress progress) {
        Workers.run(workers, model, jobs(settings), progress);
    }

    /** What is left to read. */
    List<Workers.Job> jobs(List<Setting> settings) {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<Setting> missing = settings.stream()
                    .filter(setting -> !store.has(key(document, setting)))
                    .toList();
            for (int from = 0; from < missing.size() || (from == 0 && !store.has(key(document))); from += AT_ONCE) {
                jobs.add(job(document, missing.subList(from, Math.min(from + AT_ONCE, missing.size()))));
            }
        }
        return jobs;
    }

    private Workers.Job job(Document document, List<Setting> settings) {
        // The full cache costs about as much as four others.
        double cost = document.tokens().length * (4.0 + settings.size());
        return new Workers.Job(document.name(), cost, models -> {
            Reading reading = new Fidelity(models, capacity).read(document, settings);
            reading.settings().forEach(under -> store.add(key(document, under.setting()), under));
            if (!store.has(key(document))) {
                store.add(key(document), new Attention(reading.needs(), reading.oracle()));
            }
        });
    }

    /** The same for those documents alone that have been read under all these settings. */
    Readings complete(List<Setting> settings) {
        List<Document> complete = documents.stream()
                .filter(document -> store.has(key(document)))
                .filter(document -> settings.stream().allMatch(setting -> store.has(key(document, setting))))
                .toList();
        return new Readings(model, fingerprint, store, workers, capacity, complete);
    }

    List<Document> documents() {
        return documents;
    }

    List<Attention> attention() {
        return documents.stream()
                .flatMap(document -> store.find(key(document), Attention.class).stream())
                .toList();
    }

    /** The setting at every length of the grid; nothing if too few documents have been read for an interval. */
    List<Summary> summaries(Setting setting) {
        List<Reading.Under> under = documents.stream()
                .flatMap(document -> store.find(key(document, setting), Reading.Under.class).stream())
                .toList();
        return under.size() < 2
                ? List.of()
                : IntStream.range(0, under.get(0).buckets().size())
                        .mapToObj(index -> Summary.of(under, index))
                        .toList();
    }

    private String key(Document document) {
        return "attention " + fingerprint + " " + document.key();
    }

    private String key(Document document, Setting setting) {
        return "fidelity " + fingerprint + " " + document.key() + " " + json(setting);
    }

    static String json(Setting setting) {
        try {
            return JSON.writeValueAsString(setting);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

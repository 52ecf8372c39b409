package dev.sublinear.server.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Runs a plan, or what is left of it. */
public final class Evaluation {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Checkpoint checkpoint;
    private final String fingerprint;
    private final Plan plan;
    private final List<Document> documents;
    private final Store store;

    /**
     * @param fingerprint of the checkpoint
     * @param file of JSON lines in which results are looked up and kept
     */
    public Evaluation(Checkpoint checkpoint, String fingerprint, Plan plan, Corpus corpus, Path file) {
        this.checkpoint = checkpoint;
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.documents = corpus.documents(plan.documents(), plan.length());
        this.store = new Store(file);
    }

    /** What attention has shown in one document, whatever the settings. */
    record Attention(List<Need> needs, List<OracleLoss> oracle) {}

    /** Measures what is not in the file yet, and returns all of it. */
    public Findings run(Workers.Progress progress) {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<Setting> missing = plan.settings().stream()
                    .filter(setting -> !store.has(key(document, setting)))
                    .toList();
            if (!missing.isEmpty() || !store.has(key(document))) {
                jobs.add(new ReadDocument(document, missing));
            }
        }
        Workers.run(plan.workers(), checkpoint, jobs, progress);
        return findings();
    }

    private final class ReadDocument implements Workers.Job {
        private final Document document;
        private final List<Setting> settings;

        ReadDocument(Document document, List<Setting> settings) {
            this.document = document;
            this.settings = settings;
        }

        @Override
        public String name() {
            return document.name();
        }

        @Override
        public double cost() {
            return document.tokens().length
                    * (4.0 + settings.size()); // the full cache costs about as much as four others
        }

        @Override
        public void run(Models models) {
            Reading reading = new Fidelity(models, plan.capacity()).read(document, settings);
            reading.settings().forEach(under -> store.add(key(document, under.setting()), under));
            store.add(key(document), new Attention(reading.needs(), reading.oracle()));
        }
    }

    private Findings findings() {
        List<Summary> summaries = new ArrayList<>();
        for (Setting setting : plan.settings()) {
            List<Reading.Under> under = documents.stream()
                    .map(document -> store.get(key(document, setting), Reading.Under.class))
                    .toList();
            IntStream.range(0, new Grid(plan.length()).lengths().size())
                    .forEach(index -> summaries.add(Summary.of(under, index)));
        }
        List<Attention> attention = documents.stream()
                .map(document -> store.get(key(document), Attention.class))
                .toList();
        return new Findings(documents.stream().map(Document::name).toList(), summaries, attention);
    }

    private String key(Document document) {
        return "attention " + fingerprint + " " + document.key();
    }

    private String key(Document document, Setting setting) {
        try {
            return "fidelity " + fingerprint + " " + document.key() + " " + JSON.writeValueAsString(setting);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

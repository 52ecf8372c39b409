package dev.sublinear.evaluation.fidelity;

import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelCopies;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Reads documents under settings, each once: what the log of results has is not read again. */
public final class DocumentReadings {
    /** Settings that share one reading of the full cache. A run that is stopped loses at most that. */
    private static final int AT_ONCE = 18;

    private final ModelCopies model;
    private final String fingerprint;
    private final ResultLog log;
    private final int workers;
    private final long capacity;
    private final List<Document> documents;

    /**
     * Prepares readings.
     *
     * @param fingerprint of the checkpoint
     * @param capacity bytes for the caches of one worker
     */
    public DocumentReadings(
            ModelCopies model,
            String fingerprint,
            ResultLog log,
            int workers,
            long capacity,
            List<Document> documents) {
        this.model = model;
        this.fingerprint = fingerprint;
        this.log = log;
        this.workers = workers;
        this.capacity = capacity;
        this.documents = documents;
    }

    /** Reads the documents under these settings, unless they have been. */
    public void read(List<Setting> settings, Workers.Progress progress) {
        Workers.run(workers, model, jobs(settings), progress);
    }

    /** Returns the jobs for what has not been read yet; each document is read without settings, too. */
    public List<Workers.Job> jobs(List<Setting> settings) {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<Setting> missing = settings.stream()
                    .filter(setting -> !log.has(key(document, setting)))
                    .toList();
            for (int from = 0; from < missing.size() || (from == 0 && !log.has(key(document))); from += AT_ONCE) {
                jobs.add(job(document, missing.subList(from, Math.min(from + AT_ONCE, missing.size()))));
            }
        }
        return jobs;
    }

    /** Returns the cost of a reading, in tokens read under a setting: the full cache and its attention take about four times that. */
    public static double cost(Document document, List<Setting> settings) {
        return document.tokens().length * (4.0 + settings.size());
    }

    private Workers.Job job(Document document, List<Setting> settings) {
        return new Workers.Job(document.name(), cost(document, settings), models -> {
            DocumentReading reading = new Fidelity(models, capacity).read(document, settings);
            reading.settings().forEach(under -> log.add(key(document, under.setting()), under));
            if (!log.has(key(document))) {
                log.add(key(document), reading.attention());
            }
        });
    }

    /** Returns the readings of only those documents that have been read under all these settings. */
    public DocumentReadings complete(List<Setting> settings) {
        List<Document> complete = documents.stream()
                .filter(document -> log.has(key(document)))
                .filter(document -> settings.stream().allMatch(setting -> log.has(key(document, setting))))
                .toList();
        return new DocumentReadings(model, fingerprint, log, workers, capacity, complete);
    }

    public List<Document> documents() {
        return documents;
    }

    /** Returns the attention of each document that has been read. */
    public List<DocumentAttention> attention() {
        return documents.stream()
                .flatMap(document -> log.find(key(document), DocumentAttention.class).stream())
                .toList();
    }

    /** Returns the setting at every length of the grid, or nothing if fewer than two documents have been read under it. */
    public List<SettingSummary> summaries(Setting setting) {
        List<DocumentReading.UnderSetting> under = documents.stream()
                .flatMap(document -> log.find(key(document, setting), DocumentReading.UnderSetting.class).stream())
                .toList();
        return under.size() < 2
                ? List.of()
                : IntStream.range(0, under.get(0).divergences().size())
                        .mapToObj(index -> SettingSummary.of(under, index))
                        .toList();
    }

    private String key(Document document) {
        return "attention " + fingerprint + " " + document.key();
    }

    private String key(Document document, Setting setting) {
        return "fidelity " + fingerprint + " " + document.key() + " " + setting.key();
    }
}

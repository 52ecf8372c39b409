package dev.sublinear.evaluation.continuation;

import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.statistics.Logits;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.evaluation.worker.ResultLog;
import dev.sublinear.evaluation.worker.Workers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Lets the full cache and every setting continue the beginning of each document greedily. Teacher forcing cannot show a text that
 * drifts away or repeats itself.
 */
public final class Continuations {
    /** Generated for each document. */
    private static final int TOKENS = 128;

    private static final int CHUNK = 256;

    private final String fingerprint;
    private final List<Setting> settings;
    private final int context;
    private final List<Document> documents;
    private final ResultLog log;

    /**
     * Prepares continuations.
     *
     * @param fingerprint of the checkpoint
     * @param context tokens of a document that are read first
     */
    public Continuations(
            String fingerprint, List<Setting> settings, int context, List<Document> documents, ResultLog log) {
        this.fingerprint = fingerprint;
        this.settings = List.copyOf(settings);
        this.context = context;
        this.documents = documents;
        this.log = log;
    }

    /** Returns the jobs for the continuations that have not been written yet. */
    public List<Workers.Job> jobs() {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<Setting> missing = withFullCache().stream()
                    .filter(setting -> !log.has(key(document, setting)))
                    .toList();
            if (!missing.isEmpty()) {
                double cost = (double) context * missing.size();
                jobs.add(new Workers.Job(
                        "continuation of " + document.name(),
                        cost,
                        models -> missing.forEach(
                                setting -> log.add(key(document, setting), generate(models, document, setting)))));
            }
        }
        return jobs;
    }

    /** Returns the full cache and then the settings. */
    private List<Setting> withFullCache() {
        List<Setting> all = new ArrayList<>(List.of(Setting.fullCache()));
        all.addAll(settings);
        return all;
    }

    /** Returns the greedy ids that follow the beginning of the document. */
    private int[] generate(ModelsByPrecision models, Document document, Setting setting) {
        CausalLm model = models.in(setting.precision());
        EvictionPolicy policy = setting.policy();
        long bytes = model.kvShape().peakBytes(policy, context + TOKENS);
        KvMemory memory = new KvMemory(bytes);
        int[] written = new int[TOKENS];
        try (KvCache cache = model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            float[] logits = new float[0];
            for (int at = 0; at < context; at += CHUNK) {
                int end = Math.min(context, at + CHUNK);
                logits = next(model, cache, Arrays.copyOfRange(document.tokens(), at, end));
            }
            for (int i = 0; i < TOKENS; i++) {
                written[i] = Logits.likeliest(logits);
                logits = next(model, cache, written[i]);
            }
        }
        return written;
    }

    private static float[] next(CausalLm model, KvCache cache, int... tokens) {
        return model.forward(Step.of(new Step.Slice(cache, tokens, 1)))[0];
    }

    /** Returns every setting that has continued at least two documents. */
    public List<ContinuationResult> results() {
        List<ContinuationResult> results = new ArrayList<>();
        for (Setting setting : settings) {
            List<Pair> pairs = documents.stream()
                    .flatMap(document -> pair(document, setting).stream())
                    .toList();
            if (pairs.size() >= 2) {
                results.add(new ContinuationResult(
                        setting,
                        context,
                        TOKENS,
                        mean(pairs, pair -> commonPrefix(pair.full(), pair.own())),
                        mean(pairs, pair -> distinct(pair.own(), 1)),
                        mean(pairs, pair -> distinct(pair.own(), 2)),
                        mean(pairs, pair -> distinct(pair.full(), 1)),
                        mean(pairs, pair -> distinct(pair.full(), 2))));
            }
        }
        return results;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pair(int[] full, int[] own) {}

    private Optional<Pair> pair(Document document, Setting setting) {
        return log.find(key(document, Setting.fullCache()), int[].class)
                .flatMap(full -> log.find(key(document, setting), int[].class).map(own -> new Pair(full, own)));
    }

    private static Interval mean(List<Pair> pairs, ToDoubleFunction<Pair> value) {
        return Bootstrap.mean(pairs.stream().mapToDouble(value).toArray());
    }

    /** Returns the number of equal tokens before the first that differs. */
    static int commonPrefix(int[] one, int[] other) {
        int mismatch = Arrays.mismatch(one, other);
        return mismatch < 0 ? one.length : mismatch;
    }

    /** Returns distinct-n: the share of different ones among the n-grams. */
    static double distinct(int[] tokens, int n) {
        int ngrams = tokens.length - n + 1;
        return (double) new HashSet<>(IntStream.range(0, ngrams)
                                .mapToObj(at -> IntStream.range(at, at + n)
                                        .mapToObj(i -> tokens[i])
                                        .toList())
                                .toList())
                        .size()
                / ngrams;
    }

    private String key(Document document, Setting setting) {
        return "continuation " + fingerprint + " " + document.key() + " " + context + " " + TOKENS + " "
                + setting.key();
    }
}

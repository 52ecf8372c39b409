package dev.sublinear.evaluation;

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
 * Lets every setting that is asked what it remembers write on from the beginning of each document, and the full cache beside
 * them: teacher forcing cannot show a text that drifts away or goes round in circles.
 */
final class Continuations {
    static final int TOKENS = 128;
    private static final int CHUNK = 256;

    private final String fingerprint;
    private final Plan plan;
    private final List<Document> documents;
    private final Store store;

    Continuations(String fingerprint, Plan plan, List<Document> documents, Store store) {
        this.fingerprint = fingerprint;
        this.plan = plan;
        this.documents = documents;
        this.store = store;
    }

    /** What is left to write. */
    List<Workers.Job> jobs() {
        List<Workers.Job> jobs = new ArrayList<>();
        for (Document document : documents) {
            List<Setting> missing = writing().stream()
                    .filter(setting -> !store.has(key(document, setting)))
                    .toList();
            if (!missing.isEmpty()) {
                double cost = (double) plan.probeContext() * missing.size();
                jobs.add(new Workers.Job(
                        "continuation of " + document.name(),
                        cost,
                        models -> missing.forEach(
                                setting -> store.add(key(document, setting), written(models, document, setting)))));
            }
        }
        return jobs;
    }

    /** The full cache first. */
    private List<Setting> writing() {
        List<Setting> writing = new ArrayList<>(List.of(Trials.uncut()));
        writing.addAll(plan.probed());
        return writing;
    }

    /** The ids that follow the beginning of the document, greedily. */
    private int[] written(Models models, Document document, Setting setting) {
        CausalLm model = models.in(setting.precision());
        EvictionPolicy policy = setting.policy();
        long bytes = model.kvShape().peakBytes(policy, plan.probeContext() + TOKENS);
        KvMemory memory = new KvMemory(bytes);
        int[] written = new int[TOKENS];
        try (KvCache cache = model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            float[] logits = new float[0];
            for (int at = 0; at < plan.probeContext(); at += CHUNK) {
                int end = Math.min(plan.probeContext(), at + CHUNK);
                logits = next(model, cache, Arrays.copyOfRange(document.tokens(), at, end));
            }
            for (int i = 0; i < TOKENS; i++) {
                written[i] = NextToken.likeliest(logits);
                logits = next(model, cache, written[i]);
            }
        }
        return written;
    }

    private static float[] next(CausalLm model, KvCache cache, int... tokens) {
        return model.forward(Step.of(new Step.Slice(cache, tokens, 1)))[0];
    }

    /** Every setting that has written on from at least two documents. */
    List<Continued> continued() {
        List<Continued> continued = new ArrayList<>();
        for (Setting setting : plan.probed()) {
            List<Pair> pairs = documents.stream()
                    .flatMap(document -> pair(document, setting).stream())
                    .toList();
            if (pairs.size() >= 2) {
                continued.add(new Continued(
                        setting,
                        plan.probeContext(),
                        TOKENS,
                        mean(pairs, pair -> commonPrefix(pair.full(), pair.own())),
                        mean(pairs, pair -> distinct(pair.own(), 1)),
                        mean(pairs, pair -> distinct(pair.own(), 2)),
                        mean(pairs, pair -> distinct(pair.full(), 1)),
                        mean(pairs, pair -> distinct(pair.full(), 2))));
            }
        }
        return continued;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pair(int[] full, int[] own) {}

    private Optional<Pair> pair(Document document, Setting setting) {
        return store.find(key(document, Trials.uncut()), int[].class)
                .flatMap(full -> store.find(key(document, setting), int[].class).map(own -> new Pair(full, own)));
    }

    private static Interval mean(List<Pair> pairs, ToDoubleFunction<Pair> value) {
        return Bootstrap.mean(pairs.stream().mapToDouble(value).toArray());
    }

    /** How many tokens two texts have in common before the first that differs. */
    static int commonPrefix(int[] one, int[] other) {
        int mismatch = Arrays.mismatch(one, other);
        return mismatch < 0 ? one.length : mismatch;
    }

    /** The share of different ones among the runs of so many tokens. */
    static double distinct(int[] tokens, int length) {
        int runs = tokens.length - length + 1;
        return (double) new HashSet<>(IntStream.range(0, runs)
                                .mapToObj(at -> IntStream.range(at, at + length)
                                        .mapToObj(i -> tokens[i])
                                        .toList())
                                .toList())
                        .size()
                / runs;
    }

    private String key(Document document, Setting setting) {
        return "continuation " + fingerprint + " " + document.key() + " " + plan.probeContext() + " " + TOKENS + " "
                + Readings.json(setting);
    }
}

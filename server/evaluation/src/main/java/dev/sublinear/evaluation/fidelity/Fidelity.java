package dev.sublinear.evaluation.fidelity;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.attention.FullAttention;
import dev.sublinear.evaluation.attention.KeysNeeded;
import dev.sublinear.evaluation.attention.OracleLoss;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.worker.ModelsByPrecision;
import dev.sublinear.evaluation.worker.Numbers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads a document with the full cache and, chunk by chunk beside it, under any number of settings. All read the same tokens
 * (teacher forcing), so that they differ only in what has been evicted. No setting sees a token before its turn: only the oracles
 * know the future.
 */
public final class Fidelity {
    private static final int CHUNK = 256;
    private static final int LOGITS_AT_ONCE = 1 << 23;

    private final ModelsByPrecision models;
    private final CausalLm reference;
    private final KvMemory memory;
    private final QueryRecorder recorder;
    /** Layers that attend to all tokens. The others lose nothing to a budget that leaves them their window. */
    private final int[] unwindowed;

    /**
     * Prepares readings with the models of one worker.
     *
     * @param capacity bytes that all caches may use together
     * @throws ConfigException if every layer of the model attends to a window only
     */
    public Fidelity(ModelsByPrecision models, long capacity) {
        this.models = models;
        this.reference = models.in(Setting.EXACT);
        this.memory = new KvMemory(capacity);
        this.recorder = new QueryRecorder(LengthGrid.QUERIES, reference.spec().group());
        List<Integer> windows = reference.kvShape().windows();
        this.unwindowed = IntStream.range(0, windows.size())
                .filter(layer -> windows.get(layer) == 0)
                .toArray();
        if (unwindowed.length == 0) {
            throw new ConfigException(
                    List.of("the model must have a layer that attends to all tokens, to compare what a"
                            + " budget keeps of them; all of "
                            + reference.spec().family() + " attend to their newest "
                            + windows.get(0)));
        }
    }

    /**
     * Reads a document.
     *
     * @throws IllegalArgumentException if the full cache and that of one setting do not fit in the capacity
     */
    public DocumentReading read(Document document, List<Setting> settings) {
        LengthGrid grid = new LengthGrid(document.tokens().length);
        List<DocumentReading.UnderSetting> under = new ArrayList<>();
        List<KeysNeeded> keysNeeded = new ArrayList<>();
        List<OracleLoss> oracleLosses = new ArrayList<>();
        int next = 0;
        do {
            try (Session session = new Session(document, grid)) {
                next = session.open(settings, next);
                session.run(next == settings.size());
                under.addAll(session.results());
                keysNeeded.addAll(session.keysNeeded);
                oracleLosses.addAll(session.oracleLosses);
            }
        } while (next < settings.size());
        return new DocumentReading(under, new DocumentAttention(keysNeeded, oracleLosses));
    }

    /** Returns the bytes of the caches that read a document of a length, the full one and those of the settings. */
    public static long cacheBytes(ModelSpec spec, List<Setting> settings, int length) {
        EvictionPolicy full = new QueryRecorder(LengthGrid.QUERIES, spec.group()).policy();
        return spec.kvShape(KvStorage.FLOAT32).peakBytes(full, length)
                + settings.stream()
                        .mapToLong(setting -> spec.kvShape(
                                        Numbers.parse(setting.precision()).storage())
                                .peakBytes(setting.policy(), length))
                        .sum();
    }

    /** Returns the seconds that a token takes under a setting: read, and its logits compared. Takes a second or two. */
    public double secondsPerToken() {
        int[] tokens = new int[chunk()];
        EvictionPolicy policy = Setting.fullCache().policy();
        KvMemory room = new KvMemory(reference.kvShape().peakBytes(policy, 2 * tokens.length));
        try (KvCache cache =
                reference.newCache(policy, room.reserve(room.capacity()).orElseThrow(), KvCacheListener.NONE)) {
            Step step = Step.of(new Step.Slice(cache, tokens, tokens.length));
            reference.forward(step); // the first is slower
            long start = System.nanoTime();
            Arrays.stream(reference.forward(step)).parallel().forEach(row -> new ReferenceLogits(row).compare(row));
            return (System.nanoTime() - start) / 1e9 / tokens.length;
        }
    }

    /** Returns the tokens of a chunk: fewer for a large vocabulary, of which Java holds a row of logits for each. */
    private int chunk() {
        int vocabulary = reference.spec().vocabSize();
        return Math.max(32, Math.min(CHUNK, Integer.highestOneBit(Math.max(1, LOGITS_AT_ONCE / vocabulary))));
    }

    /** One reading of the document: the full cache and as many settings as fit in the capacity beside it. */
    private final class Session implements AutoCloseable {
        private final int[] tokens;
        private final LengthGrid grid;
        private final KvCache full;
        private final List<Run> runs = new ArrayList<>();
        private final List<KeysNeeded> keysNeeded = new ArrayList<>();
        private final List<OracleLoss> oracleLosses = new ArrayList<>();

        Session(Document document, LengthGrid grid) {
            this.tokens = document.tokens();
            this.grid = grid;
            this.full = reference.newCache(recorder.policy(), room(reference, recorder.policy()), KvCacheListener.NONE);
            growAtOnce(full);
        }

        /** Gives a cache all rows that it will ever use. One that grows is there twice, and leaves holes behind in memory. */
        private void growAtOnce(KvCache cache) {
            for (int layer = 0; layer < cache.shape().layers(); layer++) {
                cache.layer(layer).expect(tokens.length - cache.seen());
            }
        }

        private KvMemory.Reservation room(CausalLm model, EvictionPolicy policy) {
            long bytes = model.kvShape().peakBytes(policy, tokens.length);
            return memory.reserve(bytes)
                    .orElseThrow(
                            () -> new IllegalArgumentException("cache.capacity must hold the full cache and another, "
                                    + bytes + " bytes more for " + policy.budget() + ", was " + memory.capacity()
                                    + " with "
                                    + memory.reserved() + " reserved"));
        }

        /** Opens caches for the settings from {@code first} on; returns the index of the first that does not fit. */
        int open(List<Setting> settings, int first) {
            int next = first;
            while (next < settings.size() && (next == first || fits(settings.get(next)))) {
                runs.add(new Run(settings.get(next++)));
            }
            return next;
        }

        private boolean fits(Setting setting) {
            long bytes = models.in(setting.precision()).kvShape().peakBytes(setting.policy(), tokens.length);
            return bytes <= memory.capacity() - memory.reserved();
        }

        /**
         * Reads all tokens.
         *
         * @param study whether to measure the full attention itself, which is done once for a document
         */
        void run(boolean study) {
            List<Integer> lengths = grid.lengths();
            int at = 0;
            for (int cut : grid.cuts(chunk())) {
                int[] chunk = Arrays.copyOfRange(tokens, at, cut);
                int last = cut;
                runs.forEach(run -> run.forkBefore(last));
                List<ReferenceLogits> expected = Arrays.stream(
                                reference.forward(Step.of(new Step.Slice(full, chunk, chunk.length))))
                        .parallel()
                        .map(ReferenceLogits::new)
                        .toList();
                for (Run run : runs) {
                    run.read(at, chunk, expected);
                    if (lengths.contains(cut + LengthGrid.QUERIES)) {
                        run.recordPositions();
                    }
                }
                if (lengths.contains(cut)) {
                    attention(cut, study);
                }
                at = cut;
            }
        }

        /** Measures, after n tokens, the attention on what each setting holds and, if asked to, the full attention itself. */
        private void attention(int n, boolean study) {
            int group = recorder.group();
            OracleLoss.GrowthRule[] rules = OracleLoss.RULES.toArray(OracleLoss.GrowthRule[]::new);
            double[] lost = new double[rules.length];
            int rows = 0;
            for (int layer : unwindowed) {
                LayerSnapshot snapshot = LayerSnapshot.of(full.layer(layer));
                for (int head = 0; head < snapshot.kvHeads(); head++) {
                    FullAttention attention = FullAttention.of(snapshot, recorder, head);
                    attention.heaviest(); // once, before all settings ask for it
                    int compared = head;
                    runs.parallelStream().forEach(run -> run.compare(layer, compared, attention));
                    for (int member = 0; study && member < group; member++) {
                        int each = attention.rows() / group;
                        keysNeeded.add(KeysNeeded.of(n, layer, head * group + member, attention, member * each, each));
                    }
                    for (int row = 0; study && row < attention.rows(); row++, rows++) {
                        for (int rule = 0; rule < rules.length; rule++) {
                            lost[rule] +=
                                    1 - attention.topWeight(row, Math.min(rules[rule].keys(n), attention.length(row)));
                        }
                    }
                }
            }
            for (int rule = 0; study && rule < rules.length; rule++) {
                oracleLosses.add(new OracleLoss(n, rules[rule].name(), rules[rule].keys(n), lost[rule] / rows));
            }
            for (Run run : runs) {
                run.recordCoverage(n);
            }
        }

        List<DocumentReading.UnderSetting> results() {
            return runs.stream().map(Run::result).toList();
        }

        @Override
        public void close() {
            runs.forEach(Run::close);
            full.close();
        }

        /**
         * One setting. Until its first eviction it equals the full cache and reads nothing itself; then it forks the full cache.
         * A setting reads from the start where it cannot be forked: its scorer keeps a state of the attention it has seen, its
         * precision is another one, or it never evicts ({@code unlimited}, whose divergence of zero is measured, not assumed).
         */
        private final class Run {
            private final Setting setting;
            private final EvictionPolicy policy;
            private final CausalLm model;
            private final FootprintCounter footprint;
            private final KvMemory.Reservation room;
            private final Divergence.Positions positions;
            private final List<CacheCoverage> coverages = new ArrayList<>();
            private Optional<KvCache> cache;
            private List<int[][]> kept = List.of();
            private final CoverageTally tally = new CoverageTally();

            Run(Setting setting) {
                this.setting = setting;
                this.policy = setting.policy();
                this.model = models.in(setting.precision());
                this.footprint = new FootprintCounter(model.spec().layers());
                this.room = room(model, policy);
                this.positions = new Divergence.Positions(tokens.length - 1);
                boolean forks = model == reference
                        && unwindowed.length == full.shape().layers()
                        && policy.evicts()
                        && !policy.remembers(model.spec().headDim());
                this.cache = forks ? Optional.empty() : Optional.of(model.newCache(policy, room, footprint));
                cache.ifPresent(Session.this::growAtOnce);
            }

            /**
             * Forks the full cache, which has read the tokens before the next chunk, if the setting evicts in that chunk.
             *
             * @param cut end of the chunk
             */
            void forkBefore(int cut) {
                if (cache.isEmpty() && full.shape().isTrimmedBy(policy, cut)) {
                    KvCache fork = full.fork(policy, room, footprint);
                    growAtOnce(fork); // first, or it would come to pay for what the full cache leaves behind
                    cache = Optional.of(fork);
                }
            }

            /** Reads a chunk that begins at a position, and compares its logits with those of the full cache. */
            void read(int at, int[] chunk, List<ReferenceLogits> expected) {
                float[][] rows = cache.map(own -> model.forward(Step.of(new Step.Slice(own, chunk, chunk.length))))
                        .orElse(new float[0][]);
                IntStream.range(0, Math.min(chunk.length, tokens.length - 1 - at))
                        .parallel()
                        .forEach(i -> {
                            if (cache.isPresent()) {
                                positions.compare(at + i, expected.get(i), rows[i], tokens[at + i + 1]);
                            } else {
                                positions.equal(at + i, expected.get(i), tokens[at + i + 1]);
                            }
                        });
            }

            /** Records what the setting holds before the newest queries of a length come. */
            void recordPositions() {
                KvCache read = cache.orElse(full);
                kept = IntStream.range(0, read.shape().layers())
                        .mapToObj(layer -> LayerSnapshot.positions(read.layer(layer)))
                        .toList();
            }

            /** Adds one key-value head's full attention on the recorded positions. */
            void compare(int layer, int head, FullAttention attention) {
                tally.add(attention, kept.get(layer)[head]);
            }

            /** Records the memory of the cache after n tokens, and the attention of all heads that were added. */
            void recordCoverage(int n) {
                KvCache read = cache.orElse(full);
                double retained = IntStream.range(0, read.shape().layers())
                        .flatMap(layer -> IntStream.range(0, read.shape().kvHeads())
                                .map(head -> read.layer(layer).length(head)))
                        .average()
                        .orElseThrow();
                KvShape shape = read.shape();
                long bytes = cache.map(KvCache::bytes)
                        .orElseGet(() -> IntStream.range(0, shape.layers())
                                .mapToLong(layer -> shape.layerBytes(
                                        shape.policy(policy, layer), (long) shape.kvHeads() * KvShape.wholeBlocks(n)))
                                .sum());
                double life = cache.isPresent() ? footprint.tokens() : n * (n + 1.0) / 2;
                coverages.add(tally.drain(n, retained, bytes, life));
            }

            DocumentReading.UnderSetting result() {
                List<Divergence> divergences = grid.lengths().stream()
                        .map(n -> positions.between(n / 2, n))
                        .toList();
                return new DocumentReading.UnderSetting(setting, divergences, coverages);
            }

            void close() {
                cache.ifPresentOrElse(KvCache::close, room::close);
            }
        }
    }
}

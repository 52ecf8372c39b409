package dev.sublinear.evaluation;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads a document with the full cache and, chunk by chunk beside it, under any number of settings: the same tokens for
 * all, so that the only difference is what has been evicted. A setting sees no token before its turn, so everything is
 * causal but the oracles.
 */
final class Fidelity {
    private static final int CHUNK = 256;
    private static final int LOGITS_AT_ONCE = 1 << 21;

    private final Models models;
    private final CausalLm reference;
    private final KvMemory memory;
    private final QueryRecorder recorder;
    /** Layers that attend to all tokens: others lose nothing to a budget that leaves them their window. */
    private final int[] unwindowed;

    /** @param capacity bytes that the caches may use together */
    Fidelity(Models models, long capacity) {
        this.models = models;
        this.reference = models.in(Models.EXACT);
        this.memory = new KvMemory(capacity);
        this.recorder = new QueryRecorder(Grid.QUERIES, reference.spec().group());
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
    Reading read(Document document, List<Setting> settings) {
        Grid grid = new Grid(document.tokens().length);
        List<Reading.Under> under = new ArrayList<>();
        List<Need> needs = new ArrayList<>();
        List<OracleLoss> oracle = new ArrayList<>();
        int next = 0;
        do {
            try (Session session = new Session(document, grid)) {
                next = session.open(settings, next);
                session.run(next == settings.size());
                under.addAll(session.results());
                needs.addAll(session.needs);
                oracle.addAll(session.oracle);
            }
        } while (next < settings.size());
        return new Reading(under, needs, oracle);
    }

    private int chunk() {
        int vocabulary = reference.spec().vocabSize();
        return Math.max(32, Math.min(CHUNK, Integer.highestOneBit(Math.max(1, LOGITS_AT_ONCE / vocabulary))));
    }

    /** The full cache and as many settings as fit beside it. */
    private final class Session implements AutoCloseable {
        private final int[] tokens;
        private final Grid grid;
        private final KvCache full;
        private final List<Run> runs = new ArrayList<>();
        private final List<Need> needs = new ArrayList<>();
        private final List<OracleLoss> oracle = new ArrayList<>();

        Session(Document document, Grid grid) {
            this.tokens = document.tokens();
            this.grid = grid;
            this.full = reference.newCache(recorder.policy(), room(reference, recorder.policy()), KvCacheListener.NONE);
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

        /** Opens caches for the settings from {@code first}; returns the first that found no room. */
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

        /** @param study whether to study attention for itself, too */
        void run(boolean study) {
            List<Integer> lengths = grid.lengths();
            int at = 0;
            for (int cut : grid.cuts(chunk())) {
                int[] piece = Arrays.copyOfRange(tokens, at, cut);
                int last = cut;
                runs.forEach(run -> run.partBefore(last));
                List<NextToken> expected = new ArrayList<>();
                for (float[] row : reference.forward(Step.of(new Step.Slice(full, piece, piece.length)))) {
                    expected.add(new NextToken(row));
                }
                for (Run run : runs) {
                    run.read(at, piece, expected);
                    if (lengths.contains(cut + Grid.QUERIES)) {
                        run.remember();
                    }
                }
                if (lengths.contains(cut)) {
                    attention(cut, study);
                }
                at = cut;
            }
        }

        private void attention(int n, boolean study) {
            int group = recorder.group();
            OracleLoss.Rule[] rules = OracleLoss.RULES.toArray(OracleLoss.Rule[]::new);
            double[] lost = new double[rules.length];
            int rows = 0;
            for (int layer : unwindowed) {
                LayerSnapshot snapshot = LayerSnapshot.of(full.layer(layer));
                for (int head = 0; head < snapshot.kvHeads(); head++) {
                    HeadAttention attention = HeadAttention.of(snapshot, recorder, head);
                    for (Run run : runs) {
                        run.compare(layer, head, attention);
                    }
                    for (int member = 0; study && member < group; member++) {
                        int each = attention.rows() / group;
                        needs.add(Need.of(n, layer, head * group + member, attention, member * each, each));
                    }
                    for (int row = 0; study && row < attention.rows(); row++, rows++) {
                        for (int rule = 0; rule < rules.length; rule++) {
                            lost[rule] +=
                                    1 - attention.oracle(row, Math.min(rules[rule].keys(n), attention.length(row)));
                        }
                    }
                }
            }
            for (int rule = 0; study && rule < rules.length; rule++) {
                oracle.add(new OracleLoss(n, rules[rule].name(), rules[rule].keys(n), lost[rule] / rows));
            }
            for (Run run : runs) {
                run.hold(n);
            }
        }

        List<Reading.Under> results() {
            return runs.stream().map(Run::result).toList();
        }

        @Override
        public void close() {
            runs.forEach(Run::close);
            full.close();
        }

        /**
         * One setting. Until its budget bites it is the full cache, and reads nothing itself; then it parts from it with what
         * has been read so far. A scorer that remembers attention has to see a document from its start, and so has another
         * precision; and {@code unlimited} is read, because that it diverges by nothing is to be measured.
         */
        private final class Run {
            private final Setting setting;
            private final EvictionPolicy policy;
            private final CausalLm model;
            private final Footprint footprint;
            private final KvMemory.Reservation room;
            private final Bucket.Positions positions;
            private final List<Held> held = new ArrayList<>();
            private Optional<KvCache> cache;
            private List<int[][]> kept = List.of();
            private final MassTally tally = new MassTally();

            Run(Setting setting) {
                this.setting = setting;
                this.policy = setting.policy();
                this.model = models.in(setting.precision());
                this.footprint = new Footprint(model.spec().layers());
                this.room = room(model, policy);
                this.positions = new Bucket.Positions(tokens.length - 1);
                boolean parts = model == reference
                        && unwindowed.length == full.shape().layers()
                        && policy.evicts()
                        && policy.needs().isEmpty()
                        && policy.stateOfToken() == 0
                        && policy.stateOfHead(model.spec().headDim()) == 0;
                this.cache = parts ? Optional.empty() : Optional.of(model.newCache(policy, room, footprint));
            }

            /** Leaves the full cache, which has read up to the next chunk, if that evicts something, up to {@code cut}. */
            void partBefore(int cut) {
                if (cache.isEmpty() && full.shape().isTrimmedBy(policy, cut)) {
                    cache = Optional.of(full.fork(policy, room, footprint));
                }
            }

            void read(int at, int[] piece, List<NextToken> expected) {
                float[][] rows = cache.map(own -> model.forward(Step.of(new Step.Slice(own, piece, piece.length))))
                        .orElse(new float[0][]);
                for (int i = 0; i < piece.length && at + i + 1 < tokens.length; i++) {
                    if (cache.isPresent()) {
                        positions.set(at + i, expected.get(i), rows[i], tokens[at + i + 1]);
                    } else {
                        positions.same(at + i, expected.get(i), tokens[at + i + 1]);
                    }
                }
            }

            void remember() {
                KvCache read = cache.orElse(full);
                kept = IntStream.range(0, read.shape().layers())
                        .mapToObj(layer -> LayerSnapshot.positions(read.layer(layer)))
                        .toList();
            }

            void compare(int layer, int head, HeadAttention attention) {
                tally.add(attention, kept.get(layer)[head]);
            }

            void hold(int n) {
                KvCache read = cache.orElse(full);
                double retained = IntStream.range(0, read.shape().layers())
                        .flatMap(layer -> IntStream.range(0, read.shape().kvHeads())
                                .map(head -> read.layer(layer).length(head)))
                        .average()
                        .orElseThrow();
                KvShape shape = read.shape();
                long bytes = cache.map(KvCache::bytes)
                        .orElseGet(() -> shape.layers()
                                * shape.layerBytes(policy, (long) shape.kvHeads() * KvShape.wholeBlocks(n)));
                double life = cache.isPresent() ? footprint.tokens() : n * (n + 1.0) / 2;
                held.add(tally.held(n, retained, bytes, life));
            }

            Reading.Under result() {
                List<Bucket> buckets = grid.lengths().stream()
                        .map(n -> positions.bucket(n / 2, n))
                        .toList();
                return new Reading.Under(setting, buckets, held);
            }

            void close() {
                cache.ifPresentOrElse(KvCache::close, room::close);
            }
        }
    }
}

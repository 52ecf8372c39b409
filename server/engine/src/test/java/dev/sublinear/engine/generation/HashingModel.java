package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.RetainedTokens;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.family.LlamaArchitecture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model without tensors: its logits are a hash of all tokens that a cache has seen, and of its policy. It checks what it
 * is asked, and fails as it is told.
 */
final class HashingModel implements LanguageModel {
    static final int VOCABULARY = 24;
    static final int END = 0;
    static final KvShape SHAPE = new KvShape(1, 1, 1);

    private int open;
    private int mostTokens = Integer.MAX_VALUE;
    private Fault fault = step -> Outcome.FINE;

    /** What shall become of a step. */
    interface Fault {
        Outcome of(List<Slice> step);
    }

    /** Also which row. */
    record Outcome(Kind kind, int row) {
        static final Outcome FINE = new Outcome(Kind.NOTHING, 0);
    }

    enum Kind {
        NOTHING,
        THROWS_BEFORE,
        THROWS_HALFWAY,
        NOT_A_NUMBER
    }

    /** How many caches are open. */
    int open() {
        return open;
    }

    void fail(Fault as) {
        fault = as;
    }

    void expectAtMost(int tokens) {
        mostTokens = tokens;
    }

    /** The logits after some tokens. */
    static float[] logits(long hash) {
        float[] row = new float[VOCABULARY];
        long z = hash;
        for (int id = 0; id < row.length; id++) {
            z = (z + id + 1) * 0x9E3779B97F4A7C15L;
            z ^= z >>> 31;
            row[id] = (z >>> 40) * 0x1p-22f;
        }
        return row;
    }

    static long begin(EvictionPolicy policy) {
        return policy.budget().hashCode();
    }

    static long after(long hash, int token) {
        long z = (hash ^ token + 1) * 0xBF58476D1CE4E5B9L;
        return z ^ z >>> 29;
    }

    /** Says what its cache has read. */
    final class HashCache implements SequenceCache {
        private final KvMemory.Reservation reservation;
        private final EvictionPolicy policy;
        private int seen;
        private long hash;
        private long[] past; // the hashes after each of the latest numbers of tokens, modulo their number
        private boolean closed;
        private boolean broken;

        private HashCache(EvictionPolicy policy, KvMemory.Reservation reservation, int seen, long hash, long[] past) {
            this.policy = policy;
            this.reservation = reservation;
            this.seen = seen;
            this.hash = hash;
            this.past = past.clone();
            open++;
        }

        @Override
        public int seen() {
            return seen;
        }

        @Override
        public int held() {
            return seen;
        }

        /** Up to the end of the block of 64 rows that the next token is in. */
        @Override
        public int undoable() {
            return KvShape.BLOCK - seen % KvShape.BLOCK;
        }

        @Override
        public void truncate(int tokens) {
            check(!closed && !broken, "a cache that is closed or broken is truncated");
            check(
                    tokens <= seen && tokens / KvShape.BLOCK >= (seen - 1) / KvShape.BLOCK,
                    "more is dropped than may be");
            seen = tokens;
            hash = past[seen % past.length];
        }

        @Override
        public SequenceCache fork(KvMemory.Reservation other, KvCacheListener listener) {
            check(!closed && !broken, "a cache that is closed or broken forks");
            check(other.bytes() >= snapshotBytes(), "a fork has too little");
            return new HashCache(policy, other, seen, hash, past);
        }

        @Override
        public SequenceCache snapshot(KvMemory.Reservation other) {
            return fork(other, KvCacheListener.NONE);
        }

        @Override
        public long snapshotBytes() {
            return SHAPE.peakBytes(policy, seen);
        }

        @Override
        public CacheUsage usage() {
            return CacheUsage.NONE;
        }

        @Override
        public List<RetainedTokens> retained() {
            return List.of();
        }

        private void read(int[] tokens) {
            check(!closed && !broken, "a cache that is closed or broken is read into");
            for (int token : tokens) {
                hash = after(hash, token);
                past[++seen % past.length] = hash;
            }
            check(reservation.bytes() >= SHAPE.peakBytes(policy, seen), "a cache has outgrown its reservation");
        }

        @Override
        public void close() {
            check(!closed, "a cache is closed twice");
            closed = true;
            open--;
            reservation.close();
        }
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    @Override
    public ModelSpec spec() {
        return new ModelSpec(
                "Hashing",
                VOCABULARY,
                1,
                1,
                1,
                1,
                1,
                1,
                8192,
                LlamaArchitecture.of(1, 2, 1e-5, 10_000),
                true,
                Set.of(END),
                OptionalInt.empty());
    }

    @Override
    public KvShape kvShape() {
        return SHAPE;
    }

    @Override
    public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
        return new HashCache(policy, reservation, 0, begin(policy), new long[KvShape.BLOCK]);
    }

    @Override
    public float[][] forward(List<Slice> step) {
        check(step.stream().mapToInt(slice -> slice.tokens().length).sum() <= mostTokens, "a step is too large");
        check(new HashSet<>(step.stream().map(Slice::cache).toList()).size() == step.size(), "a cache comes twice");
        Outcome outcome = fault.of(step);
        if (outcome.kind() == Kind.THROWS_BEFORE) {
            throw new IllegalStateException("told to fail");
        }
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < step.size(); i++) {
            Slice slice = step.get(i);
            HashCache cache = (HashCache) slice.cache();
            if (outcome.kind() == Kind.THROWS_HALFWAY && i == outcome.row()) {
                step.forEach(each -> ((HashCache) each.cache()).broken = true);
                throw new IllegalStateException("told to fail halfway");
            }
            int silent = slice.tokens().length - slice.outputs();
            cache.read(java.util.Arrays.copyOf(slice.tokens(), silent));
            for (int output = silent; output < slice.tokens().length; output++) {
                cache.read(new int[] {slice.tokens()[output]});
                float[] row = logits(cache.hash);
                if (outcome.kind() == Kind.NOT_A_NUMBER && i == outcome.row()) {
                    row[3] = Float.NaN;
                }
                rows.add(row);
            }
        }
        return rows.toArray(float[][]::new);
    }

    @Override
    public int liveTensors() {
        return open;
    }

    @Override
    public void close() {}
}

package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.engine.model.TensorCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** A decoder that fails as it is told. */
final class FaultyModel implements LanguageModel, EngineListener {
    /** When a decoder fails. */
    enum Phase {
        NONE,
        /** Before anything is read. */
        BEFORE,
        /** When the sequences up to that one have been read. */
        AFTER,
        /** When one layer of that one has taken a token and the next has not. */
        BETWEEN_LAYERS,
        /** When a layer of that one is about to be trimmed. */
        TRIM,
        /** Not at all, but its logits are wrong. */
        NOT_A_NUMBER
    }

    /**
     * What goes wrong.
     *
     * @param first step in which it may
     * @param policy of whose sequences it is the fault, in that step and every one after; or empty, and it is only once
     * @param row that the fault is at if it is only once, modulo those that there are
     */
    record Fault(Phase phase, int first, Optional<EvictionPolicy> policy, int row) {
        static final Fault NONE = new Fault(Phase.NONE, 0, Optional.empty(), 0);
    }

    final DecoderModel model;
    Fault fault = Fault.NONE;
    int step;
    boolean steps;
    boolean leaks;

    FaultyModel(CausalLm decoder) {
        this.model = new DecoderModel(decoder);
    }

    /** From now on, where a step more is the next. */
    void fail(Fault how) {
        fault = how;
        step = 0;
    }

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public KvShape kvShape() {
        return model.kvShape();
    }

    @Override
    public Invariance invariance() {
        return model.invariance();
    }

    @Override
    public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
        return model.newCache(policy, memory, listener);
    }

    @Override
    public float[][] forward(List<Slice> slices) {
        OptionalInt culprit = culprit(slices, step++);
        Phase now = culprit.isPresent() ? fault.phase() : Phase.NONE;
        if (now == Phase.BEFORE) {
            throw new IllegalStateException("told to fail");
        }
        float[][] logits = read(now == Phase.AFTER ? slices.subList(0, culprit.getAsInt() + 1) : slices);
        if (now == Phase.AFTER) {
            throw new IllegalStateException("told to fail when some caches have been written");
        }
        if (leaks && slices.size() > 1 && logits.length > 0) {
            logits[0][5] = Math.nextUp(logits[0][5]);
        }
        if (now == Phase.NOT_A_NUMBER) {
            int row = slices.subList(0, culprit.getAsInt()).stream()
                    .mapToInt(Slice::outputs)
                    .sum();
            for (int i = 0; i < slices.get(culprit.getAsInt()).outputs(); i++) {
                logits[row + i][5] = Float.NaN;
            }
        }
        return logits;
    }

    OptionalInt culprit(List<Slice> slices, int now) {
        if (fault.policy().isPresent()) {
            return IntStream.range(0, slices.size())
                    .filter(i -> now >= fault.first()
                            && policy(slices.get(i)).equals(fault.policy().get()))
                    .findFirst();
        }
        return now == fault.first() ? OptionalInt.of(fault.row() % slices.size()) : OptionalInt.empty();
    }

    static EvictionPolicy policy(Slice slice) {
        return ((TensorCache) slice.cache()).cache().policy();
    }

    float[][] read(List<Slice> slices) {
        steps = true;
        try {
            return model.forward(slices);
        } finally {
            steps = false;
        }
    }

    @Override
    public KvCacheListener cacheListener(EvictionPolicy policy) {
        return new KvCacheListener() {
            @Override
            public void onAppended(int layer, HeadLengths held) {
                failIn(Phase.BETWEEN_LAYERS, layer == 1);
            }

            @Override
            public void onTrimming(int layer) {
                failIn(Phase.TRIM, layer == 1);
            }

            private void failIn(Phase phase, boolean here) {
                boolean blamed = fault.policy().filter(policy::equals).isPresent();
                if (steps && here && blamed && fault.phase() == phase && step > fault.first()) {
                    throw new IllegalStateException("told to fail within a step: " + phase);
                }
            }
        };
    }

    @Override
    public int liveTensors() {
        return model.liveTensors();
    }

    @Override
    public void close() {
        model.close();
    }
}

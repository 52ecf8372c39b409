package dev.sublinear.engine.source;

import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;
import java.util.List;

/**
 * Goes on with letters that a hash of all tokens before them chooses: lose, double or mix up one, and everything after it
 * is other. It has no tensors, and its caches only count. Owned by the engine thread.
 */
final class StubModel implements LanguageModel {
    static final KvShape SHAPE = new KvShape(1, 1, 1);

    /** Where the others are zero, a draw at any temperature takes this one. */
    private static final float CERTAIN = 1000;

    private final ModelSpec spec;
    private final Pace pace;

    StubModel(ModelSpec spec, Pace pace) {
        this.spec = spec;
        this.pace = pace;
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public KvShape kvShape() {
        return SHAPE;
    }

    @Override
    public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
        return new StubCache(policy, reservation, listener);
    }

    @Override
    public float[][] forward(List<Slice> step) {
        pace.awaitEnd();
        float[][] rows = new float[step.stream().mapToInt(Slice::outputs).sum()][];
        int row = 0;
        for (Slice slice : step) {
            StubCache cache = (StubCache) slice.cache();
            int silent = slice.tokens().length - slice.outputs();
            for (int i = 0; i < slice.tokens().length; i++) {
                cache.read(slice.tokens()[i]);
                if (i >= silent) {
                    rows[row++] = logits(cache.next());
                }
            }
            cache.tell();
        }
        return rows;
    }

    private float[] logits(int next) {
        float[] row = new float[spec.vocabSize()];
        row[next] = CERTAIN;
        return row;
    }

    /** None: caches only count. */
    @Override
    public int liveTensors() {
        return 0;
    }

    @Override
    public void close() {}
}

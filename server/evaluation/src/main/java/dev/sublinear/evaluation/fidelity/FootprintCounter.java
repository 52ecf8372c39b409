package dev.sublinear.evaluation.fidelity;

import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import java.util.Arrays;

/** Measures the footprint of a cache: the tokens that a head holds, the mean of the heads, summed over all steps. */
final class FootprintCounter implements KvCacheListener {
    private final double[] tokens;
    private final int[] before;

    FootprintCounter(int layers) {
        tokens = new double[layers];
        before = new int[layers];
    }

    @Override
    public void onAppended(int layer, HeadLengths held) {
        double retained = (double) held.total() / held.heads();
        for (int later = held.seen() - before[layer]; later > 0; later--) {
            tokens[layer] += retained - later + 1; // held after each token of the chunk
        }
        before[layer] = held.seen();
    }

    /** Returns the mean over the layers. */
    double tokens() {
        return Arrays.stream(tokens).average().orElseThrow();
    }
}

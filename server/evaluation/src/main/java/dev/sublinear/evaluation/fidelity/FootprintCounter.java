package dev.sublinear.evaluation.fidelity;

import dev.sublinear.kvcache.KvCacheListener;
import java.util.stream.IntStream;

/** Measures the footprint of a cache: the tokens that one head holds, summed over all steps. */
final class FootprintCounter implements KvCacheListener {
    private final long[] tokens;
    private final int[] before;

    FootprintCounter(int layers) {
        tokens = new long[layers];
        before = new int[layers];
    }

    @Override
    public void onAppended(int layer, int seen, int retained) {
        for (int later = seen - before[layer]; later > 0; later--) {
            tokens[layer] += retained - later + 1; // held after each token of the chunk
        }
        before[layer] = seen;
    }

    /** Returns the mean over the layers. */
    double tokens() {
        return IntStream.range(0, tokens.length)
                .mapToLong(i -> tokens[i])
                .average()
                .orElseThrow();
    }
}

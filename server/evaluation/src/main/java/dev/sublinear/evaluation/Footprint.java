package dev.sublinear.evaluation;

import dev.sublinear.kvcache.KvCacheListener;
import java.util.stream.IntStream;

/** Sums the tokens that a layer holds over all steps: the cost of a cache over its life. */
final class Footprint implements KvCacheListener {
    private final long[] tokens;
    private final int[] before;

    Footprint(int layers) {
        tokens = new long[layers];
        before = new int[layers];
    }

    @Override
    public void onAppended(int layer, int seen, int retained) {
        for (int later = seen - before[layer]; later > 0; later--) {
            tokens[layer] += retained - later + 1; // what was held after each token of the piece
        }
        before[layer] = seen;
    }

    /** Returns the mean of the layers. */
    double tokens() {
        return IntStream.range(0, tokens.length)
                .mapToLong(i -> tokens[i])
                .average()
                .orElseThrow();
    }
}

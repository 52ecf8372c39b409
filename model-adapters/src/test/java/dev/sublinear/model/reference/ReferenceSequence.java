package dev.sublinear.model.reference;

import java.util.List;

/** One sequence of a {@link ReferenceLlama} with its own cache, a list of tokens per layer and key-value head. */
public final class ReferenceSequence {
    private final ReferenceLlama model;
    private final ReferenceHead[][] cache;
    private int seen;

    ReferenceSequence(ReferenceLlama model, ReferencePolicy policy) {
        this.model = model;
        this.cache = new ReferenceHead[model.sizes().layers()][model.sizes().kvHeads()];
        for (ReferenceHead[] layer : cache) {
            for (int head = 0; head < layer.length; head++) {
                layer[head] = new ReferenceHead(policy);
            }
        }
    }

    /** Appends one token, trims, and returns the logits of the next. */
    public double[] append(int id) {
        return model.forward(id, seen++, cache);
    }

    /** Appends tokens one after another and returns the logits after each. */
    public double[][] appendAll(int... ids) {
        double[][] logits = new double[ids.length][];
        for (int i = 0; i < ids.length; i++) {
            logits[i] = append(ids[i]);
        }
        return logits;
    }

    /** The tokens appended so far, evicted ones included. */
    public int seen() {
        return seen;
    }

    /** Returns the positions that are retained, ascending. */
    public List<Integer> positions(int layer, int kvHead) {
        return cache[layer][kvHead].positions();
    }

    /** Returns what is retained, in the order of positions. */
    public List<ReferenceToken> tokens(int layer, int kvHead) {
        return cache[layer][kvHead].tokens();
    }

    /**
     * The closest that an evicted token's score ever came to that of the one kept in its place, relative to the latter,
     * in any layer and head: below the noise of float arithmetic, another implementation may rightly keep the other.
     */
    public double narrowestChoice() {
        double narrowest = Double.POSITIVE_INFINITY;
        for (ReferenceHead[] layer : cache) {
            for (ReferenceHead head : layer) {
                narrowest = Math.min(narrowest, head.narrowestChoice());
            }
        }
        return narrowest;
    }
}

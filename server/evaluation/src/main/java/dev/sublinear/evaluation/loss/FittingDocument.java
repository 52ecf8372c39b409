package dev.sublinear.evaluation.loss;

import dev.sublinear.evaluation.corpus.Document;
import java.util.BitSet;

/**
 * A document that laws are fitted to.
 *
 * @param counted positions whose queries an error is the mean over
 */
public record FittingDocument(Document document, BitSet counted) {
    public FittingDocument {
        counted = (BitSet) counted.clone();
    }

    /** A document of which all queries count. */
    public static FittingDocument whole(Document document) {
        BitSet all = new BitSet();
        all.set(0, document.tokens().length);
        return new FittingDocument(document, all);
    }

    /** Returns for each of {@code count} positions from {@code from} on whether it counts, 1 or 0; where none does, all do. */
    float[] weights(int from, int count) {
        boolean none = counted.get(from, from + count).isEmpty();
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = none || counted.get(from + i) ? 1 : 0;
        }
        return weights;
    }

    /** Returns what tells its errors from those of others. */
    public String key() {
        return document.key() + " " + counted.cardinality();
    }
}

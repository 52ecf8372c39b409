package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.LayerView;

/**
 * What the queries that a layer keeps attend to among the tokens that it holds, each blind to the tokens after it. A query that
 * sees none of them attends to all alike.
 */
final class NewestAttention {
    private static final float LEAST_SUM = 1e-30f; // of exponentials: its inverse fits into float32 as well
    private static final float HUGE = 1e30f; // but finite: a row of which all is hidden has a softmax

    private final LayerView layer;
    private final NDArray queries;
    private final int heads;
    private final int tokens;
    private final int group;
    private final int headDim;
    private final int from; // the first slot of which any head's token comes after a query

    /** @param positions of the tokens held, one head after the other */
    private NewestAttention(LayerView layer, NDArray queries, int[] positions) {
        Shape shape = queries.getShape();
        this.layer = layer;
        this.queries = queries;
        this.heads = (int) shape.get(0);
        this.tokens = (int) shape.get(1);
        this.group = (int) shape.get(2);
        this.headDim = (int) shape.get(3);
        int first = layer.length() - 1;
        for (int i = 0; i < positions.length; i++) {
            if (positions[i] > oldest()) {
                first = Math.min(first, i % layer.length());
            }
        }
        this.from = first;
    }

    /** Returns the position of the oldest query. */
    private int oldest() {
        return layer.seen() - tokens;
    }

    /**
     * Returns the mean attention that each token of each head gets, one head after the other; none where no query is left.
     *
     * @param positions of the tokens held, one head after the other
     */
    static float[] mean(LayerView layer, int[] positions) {
        NDArray queries = layer.queries();
        return queries.isEmpty()
                ? new float[positions.length]
                : new NewestAttention(layer, queries, positions).mean(positions);
    }

    /**
     * The exponentials of the logits as they are, and their products with vectors, take half as long as a softmax; where they do
     * not fit into float32, it is a softmax.
     */
    private float[] mean(int[] positions) {
        NDArray logits = logits();
        NDArray visible = visible(positions);
        NDArray exponentials = logits.exp();
        newest(exponentials).muli(visible);
        float[] sums = exponentials.sum(new int[] {2}).toFloatArray();
        if (areDivisors(sums)) {
            return shares(sums).matMul(exponentials).toFloatArray();
        }
        newest(logits).addi(visible.sub(1).mul(HUGE));
        return logits.softmax(-1).mean(new int[] {1}).toFloatArray();
    }

    /** Returns the scaled products of queries and keys, shape (kvHeads, tokens · group, length). */
    private NDArray logits() {
        return queries.reshape(heads, (long) tokens * group, headDim)
                .mul((float) (1 / Math.sqrt(headDim)))
                .matMul(layer.keys().transpose(0, 2, 1));
    }

    /** Returns a view of the slots that not every query sees. */
    private NDArray newest(NDArray all) {
        return all.reshape(heads, tokens, group, layer.length())
                .get(new NDIndex().addAllDim(3).addSliceDim(from, layer.length()));
    }

    /** Returns 1 where a query sees one of those slots, else 0. */
    private NDArray visible(int[] positions) {
        int length = layer.length();
        int width = length - from;
        float[] visible = new float[heads * tokens * width];
        for (int head = 0; head < heads; head++) {
            for (int slot = from; slot < length; slot++) {
                int before = Math.max(0, positions[head * length + slot] - oldest()); // queries before this token
                for (int query = before; query < tokens; query++) {
                    visible[(head * tokens + query) * width + slot - from] = 1;
                }
            }
        }
        return queries.getManager().create(visible, new Shape(heads, tokens, 1, width));
    }

    private static boolean areDivisors(float[] sums) {
        for (float sum : sums) {
            if (!(sum >= LEAST_SUM && sum <= 1 / LEAST_SUM)) {
                return false;
            }
        }
        return true;
    }

    /** Returns what each row counts for, over its sum, shape (kvHeads, 1, tokens · group). */
    private NDArray shares(float[] sums) {
        int rows = tokens * group;
        float[] shares = new float[sums.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = 1 / (sums[i] * rows);
        }
        return queries.getManager().create(shares, new Shape(heads, 1, rows));
    }
}

package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps the tokens that the newest queries attend to, and their neighbours, the more the longer their values.
 *
 * <p>Li et al., <a href="https://arxiv.org/abs/2404.14469">SnapKV</a>, 2024, here at every trim and not only after the prompt: the
 * attention among the tokens held, each query blind to those after it, in the mean of all queries; of that the largest within
 * three positions of the token, times the norm of its value. The paper's window of neighbours is one of tokens in order; here
 * it is one of positions, and an evicted neighbour counts nothing. Logits are taken to be scaled by 1 / √headDim. A query that
 * sees none of the tokens held attends to all of them alike.
 *
 * @param queries how many of the newest tokens' queries count
 */
public record SnapScorer(int queries) implements Scorer {

    /** On SmolLM2 no worse than the 64 of prototypes, for a quarter of their products. */
    public static final int DEFAULT_QUERIES = 16;

    private static final int NEIGHBOURS = 3; // on either side

    public SnapScorer {
        if (queries < 1 || queries > 1024) {
            throw new IllegalArgumentException("queries must be in [1, 1024], was " + queries);
        }
    }

    @Override
    public String name() {
        return "snap";
    }

    @Override
    public String text() {
        return name() + ":" + queries;
    }

    @Override
    public NDArray score(LayerView layer) {
        int[] positions = layer.positions().toIntArray();
        float[] attention = NewestAttention.mean(layer, positions);
        float[] norms = layer.values().norm(new int[] {2}).toFloatArray();
        int length = layer.length();
        double[] scores = new double[positions.length];
        for (int first = 0; first < scores.length; first += length) {
            float[] byPosition = new float[layer.seen() + 2 * NEIGHBOURS];
            for (int i = first; i < first + length; i++) {
                byPosition[positions[i] + NEIGHBOURS] = attention[i];
            }
            for (int i = first; i < first + length; i++) {
                scores[i] = (double) norms[i] * largest(byPosition, positions[i]);
            }
        }
        return layer.values().getManager().create(scores, new Shape(scores.length / length, length));
    }

    private static float largest(float[] numbers, int from) {
        float largest = 0;
        for (int i = from; i <= from + 2 * NEIGHBOURS; i++) {
            largest = Math.max(largest, numbers[i]);
        }
        return largest;
    }
}

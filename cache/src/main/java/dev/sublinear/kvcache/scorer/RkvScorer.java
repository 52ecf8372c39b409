package dev.sublinear.kvcache.scorer;

import static dev.sublinear.kvcache.Signal.ATTENTION_WEIGHTS;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that the newest queries attend to, less those whose keys say what other keys say too.
 *
 * <p>Cai et al., <a href="https://arxiv.org/abs/2505.24133">R-KV: Redundancy-aware KV Cache Compression</a>, 2025:
 * {@code share · importance − (1 − share) · redundancy}. Importance is the mean attention of the last eight queries, the
 * most of a token and its neighbours; redundancy the softmax of a key's mean cosine similarity to all keys held. The paper
 * lets the newest of similar keys off; here the protected newest tokens are. So the similarities need no product of all
 * keys with all keys: their mean is the product with the mean direction.
 *
 * @param share of importance in the score, in [0, 1]
 */
public record RkvScorer(double share) implements Scorer {

    /** The paper's lambda. */
    public static final double DEFAULT_SHARE = 0.1;

    private static final Scorer IMPORTANCE = new LastQueriesScorer(LastQueriesScorer.DEFAULT_QUERIES);
    private static final int NEIGHBOURS = 3; // on either side

    public RkvScorer {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be in [0, 1], was " + share);
        }
    }

    @Override
    public String name() {
        return "r-kv";
    }

    @Override
    public String text() {
        return name() + ":" + share;
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(ATTENTION_WEIGHTS);
    }

    @Override
    public int stateOfToken() {
        return IMPORTANCE.stateOfToken();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        IMPORTANCE.observe(state, step);
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray importance = mostOfNeighbours(IMPORTANCE.score(layer), layer.positions());
        NDArray redundancy = KeyDirections.meanSimilarity(layer.keys()).softmax(-1);
        return importance
                .mul(share)
                .sub(redundancy.toType(DataType.FLOAT64, false).mul(1 - share));
    }

    private static NDArray mostOfNeighbours(NDArray unordered, NDArray positions) {
        NDArray order = positions.argSort(1);
        NDArray scores = unordered.gather(order, 1);
        Shape shape = scores.getShape();
        NDArray nothing = scores.getManager().zeros(new Shape(shape.get(0), NEIGHBOURS), scores.getDataType());
        NDArray padded = NDArrays.concat(new NDList(nothing, scores, nothing), 1);
        NDArray most = scores;
        for (int from = 0; from <= 2 * NEIGHBOURS; from++) {
            most = NDArrays.maximum(most, padded.get(":, {}:{}", from, from + shape.get(1)));
        }
        return most.gather(order.argSort(1), 1);
    }
}

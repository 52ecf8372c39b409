package dev.sublinear.kvcache.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import java.util.Random;

/** Random tokens of one shape, and what attention says of them. */
final class Vectors {
    private final NDManager manager;
    private final KvShape shape;
    private final Random random = new Random(1);

    Vectors(NDManager manager, KvShape shape) {
        this.manager = manager;
        this.shape = shape;
    }

    /** Normally distributed, shape (kvHeads, tokens, headDim). */
    NDArray tokens(int tokens) {
        float[] numbers = new float[shape.kvHeads() * tokens * shape.headDim()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return manager.create(numbers, new Shape(shape.kvHeads(), tokens, shape.headDim()));
    }

    /** Shape (kvHeads, tokens · group, headDim). */
    NDArray queries(int tokens) {
        return tokens(tokens * shape.group());
    }

    /** A step of {@code tokens} queries, all of which attend to the tokens held in the same random way. */
    AttentionStep step(LayerCache layer, int tokens) {
        int rows = layer.rows(0);
        float[] weights = new float[shape.kvHeads() * rows];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i % rows < layer.length(0) ? random.nextFloat() / layer.length(0) : 0;
        }
        NDArray one = manager.create(weights, new Shape(shape.kvHeads(), 1, rows));
        return new AttentionStep(one.broadcast(shape.kvHeads(), tokens, rows)).with(Signal.QUERIES, queries(tokens));
    }
}

package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.sublinear.kvcache.LayerView;

/**
 * A layer of which a scorer sees fewer queries than it keeps.
 *
 * @param shown of how many of the newest tokens, at most
 */
public record WithNewestQueries(LayerView layer, int shown) implements LayerView {
    @Override
    public int seen() {
        return layer.seen();
    }

    @Override
    public int firstHead() {
        return layer.firstHead();
    }

    @Override
    public int length() {
        return layer.length();
    }

    @Override
    public NDArray keys() {
        return layer.keys();
    }

    @Override
    public NDArray values() {
        return layer.values();
    }

    @Override
    public NDArray tokenState() {
        return layer.tokenState();
    }

    @Override
    public NDArray headState() {
        return layer.headState();
    }

    @Override
    public NDArray queries() {
        NDArray queries = layer.queries();
        long tokens = queries.getShape().get(1);
        return tokens <= shown ? queries : queries.get(new NDIndex().addAllDim().addSliceDim(tokens - shown, tokens));
    }

    @Override
    public NDArray positions() {
        return layer.positions();
    }
}

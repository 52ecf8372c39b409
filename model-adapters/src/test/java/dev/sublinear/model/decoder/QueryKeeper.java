package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/** Has queries kept, and scores by age. */
record QueryKeeper(int queries) implements Scorer {
    @Override
    public String name() {
        return "query-keeper";
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.positions().toType(DataType.FLOAT64, false);
    }
}

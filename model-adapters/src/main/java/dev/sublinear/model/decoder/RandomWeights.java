package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import java.util.Random;

/** Uniform random weights around 0, and around 1 for norms, as large as those of an untrained model. */
final class RandomWeights implements Weights {
    private static final int BLOCK = 1 << 20; // numbers in a block
    private static final float SPREAD = 0.035f; // a standard deviation of 0.02, as models are initialised

    private final ModelSpec spec;
    private final NDManager manager;
    private final Random random;

    RandomWeights(ModelSpec spec, NDManager manager, long seed) {
        this.spec = spec;
        this.manager = manager;
        this.random = new Random(seed);
    }

    @Override
    public NDArray read(int layer, int expert, Weight... weights) {
        Shape first = weights[0].shape(spec);
        long rows = 0;
        for (Weight weight : weights) {
            rows += weight.shape(spec).get(0);
        }
        boolean vector = first.dimension() == 1;
        Shape shape = vector ? new Shape(rows) : new Shape(rows, first.get(1));
        NDArray array = manager.create(shape, DataType.FLOAT32);
        long width = shape.size() / rows;
        long most = Math.max(1, BLOCK / width);
        for (long row = 0; row < rows; row += most) {
            long end = Math.min(rows, row + most);
            float[] values = draw(Math.toIntExact((end - row) * width), weights[0].isNorm() ? 1 : 0);
            try (NDArray block = manager.create(values, vector ? new Shape(end - row) : new Shape(end - row, width))) {
                array.set(new NDIndex().addSliceDim(row, end), block);
            }
        }
        return array;
    }

    /** Draws from a linear congruential generator, fast enough for a billion numbers in seconds. */
    private float[] draw(int count, float mean) {
        float[] values = new float[count];
        long state = random.nextLong() | 1;
        for (int i = 0; i < count; i++) {
            state = state * 0x5851F42D4C957F2DL + 1;
            values[i] = mean + SPREAD * ((state >> 40) * 0x1p-23f);
        }
        return values;
    }
}

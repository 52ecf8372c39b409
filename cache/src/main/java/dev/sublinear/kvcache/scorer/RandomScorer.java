package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps tokens drawn at random: what every other scorer has to beat.
 *
 * <p>A token's lot is a hash of the seed, its head and its position, so that what is evicted is a function of the sequence
 * alone.
 *
 * @param seed of all lots
 */
public record RandomScorer(long seed) implements Scorer {
    public static final long DEFAULT_SEED = 1;

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1p-53;

    @Override
    public String name() {
        return "random";
    }

    @Override
    public String text() {
        return name() + ":" + seed;
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray positions = layer.positions();
        Shape shape = positions.getShape();
        int[] places = positions.toIntArray();
        double[] lots = new double[places.length];
        for (int i = 0; i < lots.length; i++) {
            long head = layer.firstHead() + i / shape.get(1);
            lots[i] = (mix(mix(seed + head * GOLDEN_GAMMA) + places[i] * GOLDEN_GAMMA) >>> 11) * UNIT;
        }
        return positions.getManager().create(lots, shape);
    }

    /** Steele et al., Fast Splittable Pseudorandom Number Generators, 2014: SplitMix64's finaliser. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}

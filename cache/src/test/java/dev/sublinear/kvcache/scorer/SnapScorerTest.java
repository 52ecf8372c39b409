package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.testing.Seed;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SnapScorerTest extends ScorerContract {
    private static final int HEADS = 2;
    private static final int HEAD_DIM = 4;

    SnapScorerTest() {
        super(new SnapScorer(SnapScorer.DEFAULT_QUERIES));
    }

    @Test
    void score_anyLayer_isThatOfPlainLoops() {
        for (long seed : Seed.each(50)) {
            Random random = new Random(seed);
            int queries = 1 + random.nextInt(9);
            int group = 1 + random.nextInt(3);
            int seen = 1 + random.nextInt(60);
            int length = 1 + random.nextInt(seen);
            ArrayLayer layer = layer(
                    random,
                    seen,
                    positions(random, seen, length),
                    new Shape(HEADS, Math.min(seen, queries), group, HEAD_DIM),
                    1);
            double[] expected = plain(layer);
            assertThat(new SnapScorer(queries).score(layer).toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(expected, within(2e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {1e-3f, 30, 300})
    void score_logitsOfAnySize_isThatOfPlainLoops(float scale) {
        for (long seed : Seed.each(20)) {
            Random random = new Random(seed);
            ArrayLayer layer = layer(random, 40, positions(random, 40, 24), new Shape(HEADS, 8, 2, HEAD_DIM), scale);
            assertThat(new SnapScorer(8).score(layer).toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(plain(layer), within(1e-3 * Math.max(1, scale / 100)));
        }
    }

    @Test
    void score_newestTokensInOrderBehindTheOthers_isThatOfPlainLoops() {
        Random random = new Random(Seed.or(4));
        int[] positions = {9, 2, 0, 14, 5, 16, 17, 18, 19, 4, 7, 1, 8, 3, 16, 17, 18, 19};
        ArrayLayer layer = layer(random, 20, positions, new Shape(HEADS, 4, 3, HEAD_DIM), 1);
        assertThat(new SnapScorer(4).score(layer).toDoubleArray()).containsExactly(plain(layer), within(2e-6));
    }

    @Test
    void score_neighbourOfWhatIsAttendedTo_isAsMuchUpToThreePositionsAway() {
        NDArray query = manager.create(new float[] {60, 0}, new Shape(1, 1, 1, 2));
        NDArray keys = manager.zeros(new Shape(1, 6, 2));
        keys.set(new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}); // all attention for the third
        NDArray values = manager.ones(new Shape(1, 6, 1)).mul(2);
        NDArray positions = manager.create(new int[] {10, 13, 14, 17, 18, 19}, new Shape(1, 6));
        NDArray none = manager.zeros(new Shape(1, 0), DataType.FLOAT64);
        ArrayLayer layer = new ArrayLayer(20, 6, keys, values, none, none, query, positions);
        assertThat(new SnapScorer(1).score(layer).toDoubleArray())
                .containsExactly(new double[] {0, 2, 2, 2, 0, 0}, within(1e-6));
    }

    @Test
    void score_longerValue_ranksHigher() {
        ArrayLayer usual = layer(3);
        ArrayLayer longer = new ArrayLayer(
                usual.seen(),
                usual.length(),
                usual.keys(),
                usual.values().mul(3),
                usual.tokenState(),
                usual.headState(),
                usual.queries(),
                usual.positions());
        double[] once = scorer.score(usual).toDoubleArray();
        double[] thrice = scorer.score(longer).toDoubleArray();
        for (int i = 0; i < once.length; i++) {
            assertThat(thrice[i]).isCloseTo(3 * once[i], within(1e-6));
        }
    }

    @Test
    void score_noQueryLeft_isTheSameForAll() {
        ArrayLayer layer = layer(new Random(5), 20, new int[] {3, 1, 7, 8}, new Shape(HEADS, 0, 3, HEAD_DIM), 1);
        assertThat(scorer.score(layer).toDoubleArray()).containsOnly(0);
    }

    @Test
    void queries_asManyAsTheLayerKeeps() {
        assertThat(new SnapScorer(32).queries()).isEqualTo(32);
        assertThat(new SnapScorer(32).needs()).isEmpty();
        assertThat(new SnapScorer(32).stateOfToken()).isZero();
    }

    @Test
    void new_queriesOutsideTheirRange_areRefused() {
        assertThatThrownBy(() -> new SnapScorer(0)).hasMessage("queries must be in [1, 1024], was 0");
        assertThatThrownBy(() -> new SnapScorer(1025)).hasMessage("queries must be in [1, 1024], was 1025");
    }

    /** Each head holds others of the tokens seen, in no order. */
    private static int[] positions(Random random, int seen, int length) {
        return IntStream.range(0, HEADS)
                .flatMap(head -> random.ints(0, seen).distinct().limit(length))
                .toArray();
    }

    private ArrayLayer layer(Random random, int seen, int[] positions, Shape queries, float scale) {
        int length = positions.length / HEADS;
        NDArray none = manager.zeros(new Shape(HEADS, 0), DataType.FLOAT64);
        return new ArrayLayer(
                seen,
                length,
                random(random, new Shape(HEADS, length, HEAD_DIM), 1),
                random(random, new Shape(HEADS, length, HEAD_DIM), 1),
                none,
                none,
                random(random, queries, scale),
                manager.create(positions, new Shape(HEADS, length)));
    }

    private NDArray random(Random random, Shape shape, float scale) {
        float[] numbers = new float[(int) shape.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = scale * (float) random.nextGaussian();
        }
        return manager.create(numbers, shape);
    }

    /** The slow, obvious twin. */
    private static double[] plain(ArrayLayer layer) {
        int length = layer.length();
        int[] positions = layer.positions().toIntArray();
        float[] keys = layer.keys().toFloatArray();
        float[] values = layer.values().toFloatArray();
        float[] asking = layer.queries().toFloatArray();
        int tokens = (int) layer.queries().getShape().get(1);
        int group = (int) layer.queries().getShape().get(2);
        double[] scores = new double[HEADS * length];
        for (int head = 0; head < HEADS; head++) {
            double[] attention = new double[length];
            for (int row = 0; row < tokens * group; row++) {
                int position = layer.seen() - tokens + row / group;
                double[] weights = new double[length];
                double most = Double.NEGATIVE_INFINITY;
                boolean seesAny = false;
                for (int slot = 0; slot < length; slot++) {
                    weights[slot] = product(asking, head * tokens * group + row, keys, head * length + slot) / 2;
                    if (positions[head * length + slot] <= position) {
                        seesAny = true;
                        most = Math.max(most, weights[slot]);
                    }
                }
                double sum = 0;
                for (int slot = 0; slot < length; slot++) {
                    boolean seen = positions[head * length + slot] <= position;
                    weights[slot] = seesAny ? seen ? Math.exp(weights[slot] - most) : 0 : 1;
                    sum += weights[slot];
                }
                for (int slot = 0; slot < length; slot++) {
                    attention[slot] += weights[slot] / sum / (tokens * group);
                }
            }
            for (int slot = 0; slot < length; slot++) {
                int at = head * length + slot;
                double largest = 0;
                for (int other = 0; other < length; other++) {
                    if (Math.abs(positions[head * length + other] - positions[at]) <= 3) {
                        largest = Math.max(largest, attention[other]);
                    }
                }
                scores[at] = largest * Math.sqrt(product(values, at, values, at));
            }
        }
        return scores;
    }

    private static double product(float[] a, int rowOfA, float[] b, int rowOfB) {
        double product = 0;
        for (int i = 0; i < HEAD_DIM; i++) {
            product += (double) a[rowOfA * HEAD_DIM + i] * b[rowOfB * HEAD_DIM + i];
        }
        return product;
    }
}

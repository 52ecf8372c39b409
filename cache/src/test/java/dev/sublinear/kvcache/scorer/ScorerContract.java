package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.Signal;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules that every scorer obeys. A test of a scorer inherits them and adds what is its own. */
abstract class ScorerContract {
    private static final int HEADS = 3;
    private static final int LENGTH = 40;
    private static final int ROWS = 64;
    private static final int SEEN = 200;
    private static final int HEAD_DIM = 8;

    protected final Scorer scorer;
    protected NDManager manager;

    ScorerContract(Scorer scorer) {
        this.scorer = scorer;
    }

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    /** A layer made of arrays. */
    record Layer(int seen, int length, NDArray keys, NDArray values, NDArray importance, NDArray positions)
            implements LayerView {}

    /** A layer that has lost most of its tokens; every head kept others. */
    final Layer layer(long seed) {
        Random random = new Random(seed);
        int[] positions = new int[HEADS * LENGTH];
        for (int head = 0; head < HEADS; head++) {
            int[] kept = random.ints(0, SEEN - 1)
                    .distinct()
                    .limit(LENGTH - 1)
                    .sorted()
                    .toArray();
            System.arraycopy(kept, 0, positions, head * LENGTH, LENGTH - 1);
            positions[head * LENGTH + LENGTH - 1] = SEEN - 1;
        }
        Shape vectors = new Shape(HEADS, LENGTH, HEAD_DIM);
        Shape scalars = new Shape(HEADS, LENGTH);
        double[] importance =
                random.doubles(scalars.size()).map(weight -> 10 * weight).toArray();
        return new Layer(
                SEEN,
                LENGTH,
                manager.create(floats(random, vectors), vectors),
                manager.create(floats(random, vectors), vectors),
                manager.create(importance, scalars),
                manager.create(positions, scalars));
    }

    @Test
    void score_anyLayer_isFiniteAndOnePerToken() {
        for (long seed = 0; seed < 20; seed++) {
            NDArray score = scorer.score(layer(seed));
            assertThat(score.getShape()).isEqualTo(new Shape(HEADS, LENGTH));
            assertThat(score.getDataType().isFloating()).isTrue();
            assertFinite(score, seed);
        }
    }

    @Test
    void score_nothingObservedAndEqualKeys_isFinite() {
        Layer usual = layer(1);
        assertFinite(
                scorer.score(new Layer(
                        usual.seen(),
                        usual.length(),
                        usual.keys().zerosLike(),
                        usual.values().zerosLike(),
                        usual.importance().zerosLike(),
                        usual.positions())),
                1);
    }

    @Test
    void score_twice_isTheSameAndChangesNoArray() {
        Layer layer = layer(2);
        Layer before = new Layer(
                layer.seen(),
                layer.length(),
                layer.keys().duplicate(),
                layer.values().duplicate(),
                layer.importance().duplicate(),
                layer.positions().duplicate());
        NDArray first = scorer.score(layer).duplicate();
        assertThat(scorer.score(layer)).isEqualTo(first);
        assertThat(layer).isEqualTo(before);
    }

    @Test
    void scoreAndObserve_insideAScope_leakNoArrays() {
        Layer layer = layer(3);
        NDArray importance = manager.zeros(new Shape(HEADS, ROWS), DataType.FLOAT64);
        NDArray weights = weights(new Random(3), 5);
        int alive = manager.getManagedArrays().size();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            scorer.observe(importance, new AttentionStep(weights));
            assertThat(scorer.score(layer).isReleased()).isFalse();
        }
        assertThat(manager.getManagedArrays()).hasSize(alive);
        assertThat(importance.isReleased() || weights.isReleased()).isFalse();
        assertThat(layer.importance().isReleased() || layer.keys().isReleased()).isFalse();
    }

    @Test
    void observe_queriesAtOnceOrOneByOne_givesTheSameImportance() {
        for (long seed = 0; seed < 20; seed++) {
            NDArray weights = weights(new Random(seed), 5);
            NDArray atOnce = manager.zeros(new Shape(HEADS, ROWS), DataType.FLOAT64);
            NDArray oneByOne = manager.zeros(new Shape(HEADS, ROWS), DataType.FLOAT64);
            for (int call = 0; call < 3; call++) {
                scorer.observe(atOnce, new AttentionStep(weights));
                for (int query = 0; query < 5; query++) {
                    scorer.observe(oneByOne, new AttentionStep(weights.get(":, {}:{}, :", query, query + 1)));
                }
            }
            assertThat(atOnce.toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(oneByOne.toDoubleArray(), within(1e-12));
        }
    }

    @Test
    void observe_rowsNotInUse_keepZeroImportance() {
        NDArray importance = manager.zeros(new Shape(HEADS, ROWS), DataType.FLOAT64);
        scorer.observe(importance, new AttentionStep(weights(new Random(4), 5)));
        assertThat(importance.get(":, {}:", LENGTH).toDoubleArray()).containsOnly(0.0);
    }

    @Test
    void observe_withoutTheNeed_changesNothing() {
        NDArray importance = manager.zeros(new Shape(HEADS, ROWS), DataType.FLOAT64);
        scorer.observe(importance, new AttentionStep(weights(new Random(5), 5)));
        if (!scorer.needs().contains(Signal.ATTENTION_WEIGHTS)) {
            assertThat(importance.toDoubleArray()).containsOnly(0.0);
        }
    }

    @Test
    void name_inConfiguration_findsAnEqualScorer() {
        assertThat(scorer.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(Scorers.named(scorer.name())).isEqualTo(scorer);
    }

    /** Softmax weights of the newest queries, each of which sees one token more than the one before it. */
    private NDArray weights(Random random, int queries) {
        float[] weights = new float[HEADS * queries * ROWS];
        for (int row = 0; row < HEADS * queries; row++) {
            int visible = LENGTH - queries + 1 + row % queries;
            double[] draws = random.doubles(visible).map(Math::exp).toArray();
            double sum = 0;
            for (double draw : draws) {
                sum += draw;
            }
            for (int slot = 0; slot < visible; slot++) {
                weights[row * ROWS + slot] = (float) (draws[slot] / sum);
            }
        }
        return manager.create(weights, new Shape(HEADS, queries, ROWS));
    }

    private static void assertFinite(NDArray scores, long seed) {
        assertThat(scores.toType(DataType.FLOAT64, true).toDoubleArray())
                .as("seed %s", seed)
                .satisfies(values -> {
                    for (double value : values) {
                        assertThat(value).isFinite();
                    }
                });
    }

    private static float[] floats(Random random, Shape shape) {
        float[] floats = new float[(int) shape.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }
}

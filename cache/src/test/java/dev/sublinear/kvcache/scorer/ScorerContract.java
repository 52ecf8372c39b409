package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
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
    private static final int GROUP = 2;

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

    /** A layer that has lost most of its tokens; every head kept others, in no order. */
    final ArrayLayer layer(long seed) {
        Random random = new Random(seed);
        int[] positions = new int[HEADS * LENGTH];
        for (int head = 0; head < HEADS; head++) {
            int[] kept = random.ints(0, SEEN - 1).distinct().limit(LENGTH - 1).toArray();
            System.arraycopy(kept, 0, positions, head * LENGTH, LENGTH - 1);
            positions[head * LENGTH + LENGTH - 1] = SEEN - 1;
        }
        Shape vectors = new Shape(HEADS, LENGTH, HEAD_DIM);
        Shape scalars = new Shape(HEADS, LENGTH);
        return new ArrayLayer(
                SEEN,
                LENGTH,
                manager.create(floats(random, vectors), vectors),
                manager.create(floats(random, vectors), vectors),
                random(random, tokenStateShape(LENGTH)),
                headState(random),
                manager.create(floats(random, kept()), kept()),
                manager.create(positions, scalars));
    }

    /** The shape of the queries that a layer keeps. */
    private Shape kept() {
        return new Shape(HEADS, Math.min(SEEN, scorer.queries()), GROUP, HEAD_DIM);
    }

    private Shape tokenStateShape(int rows) {
        int numbers = scorer.stateOfToken();
        return numbers == 1 ? new Shape(HEADS, rows) : new Shape(HEADS, rows, numbers);
    }

    private NDArray random(Random random, Shape shape) {
        return manager.create(
                random.doubles(shape.size()).map(weight -> 10 * weight).toArray(), shape);
    }

    /** What a scorer remembers of heads after it has observed a few steps. */
    private NDArray headState(Random random) {
        ScorerState state = fresh();
        if (!scorer.needs().isEmpty()) {
            for (int call = 0; call < 3; call++) {
                scorer.observe(state, step(random, 5));
            }
        }
        return state.headState();
    }

    /** The state of a new layer. */
    private ScorerState fresh() {
        return new ScorerState(
                manager.zeros(tokenStateShape(ROWS), DataType.FLOAT64),
                manager.zeros(new Shape(HEADS, scorer.stateOfHead(HEAD_DIM)), DataType.FLOAT64),
                SEEN,
                5);
    }

    /** The state of a layer of which only what is remembered of tokens matters. */
    final ScorerState state(NDArray tokenState, int seen, int tokens) {
        return new ScorerState(tokenState, manager.zeros(new Shape(1, 0), DataType.FLOAT64), seen, tokens);
    }

    private AttentionStep step(Random random, int queries) {
        Shape shape = new Shape(HEADS, (long) queries * GROUP, HEAD_DIM);
        return new AttentionStep(weights(random, queries))
                .with(Signal.QUERIES, manager.create(floats(random, shape), shape));
    }

    /** One token's part of a step. */
    private static AttentionStep part(AttentionStep step, int query) {
        return new AttentionStep(step.weights().get(":, {}:{}, :", query, query + 1))
                .with(Signal.QUERIES, step.queries().get(":, {}:{}, :", query * GROUP, (query + 1) * GROUP));
    }

    @Test
    void score_anyLayer_isFiniteAndOnePerToken() {
        for (long seed : Seed.each(20)) {
            NDArray score = scorer.score(layer(seed));
            assertThat(score.getShape()).isEqualTo(new Shape(HEADS, LENGTH));
            assertThat(score.getDataType().isFloating()).isTrue();
            assertFinite(score, seed);
        }
    }

    @Test
    void score_nothingObservedAndEqualKeys_isFinite() {
        ArrayLayer usual = layer(Seed.or(1));
        assertFinite(
                scorer.score(new ArrayLayer(
                        usual.seen(),
                        usual.length(),
                        usual.keys().zerosLike(),
                        usual.values().zerosLike(),
                        usual.tokenState().zerosLike(),
                        usual.headState().zerosLike(),
                        usual.queries().zerosLike(),
                        usual.positions())),
                Seed.or(1));
    }

    @Test
    void score_twice_isTheSameAndChangesNoArray() {
        ArrayLayer layer = layer(Seed.or(2));
        ArrayLayer before = new ArrayLayer(
                layer.seen(),
                layer.length(),
                layer.keys().duplicate(),
                layer.values().duplicate(),
                layer.tokenState().duplicate(),
                layer.headState().duplicate(),
                layer.queries().duplicate(),
                layer.positions().duplicate());
        NDArray first = scorer.score(layer).duplicate();
        assertThat(scorer.score(layer)).isEqualTo(first);
        assertThat(layer).isEqualTo(before);
    }

    @Test
    void score_tokensInAnotherOrder_givesEachTheSame() {
        for (long seed : Seed.each(20)) {
            ArrayLayer layer = layer(seed);
            NDArray order =
                    manager.create(new Random(seed).doubles(LENGTH).toArray()).argSort();
            NDIndex shuffled = new NDIndex().addAllDim().addIndices("{}", order);
            ArrayLayer other = new ArrayLayer(
                    layer.seen(),
                    layer.length(),
                    layer.keys().get(shuffled),
                    layer.values().get(shuffled),
                    layer.tokenState().get(shuffled),
                    layer.headState(),
                    layer.queries(),
                    layer.positions().get(shuffled));
            double[] scores = numbers(scorer.score(layer).get(shuffled));
            assertThat(numbers(scorer.score(other))).as("seed %s", seed).containsExactly(scores, within(1e-5));
        }
    }

    /** Whether a head's scores depend on the other heads, as a paper may want it. */
    boolean looksAtAllHeads() {
        return false;
    }

    @Test
    void score_headsShownInTwoViews_givesEachTheSame() {
        for (long seed : Seed.each(20)) {
            ArrayLayer layer = layer(seed);
            double[] together = numbers(scorer.score(layer));
            NDArray first = scorer.score(new SomeHeads(layer, 0, 1)).toType(DataType.FLOAT64, false);
            NDArray others = scorer.score(new SomeHeads(layer, 1, HEADS)).toType(DataType.FLOAT64, false);
            double[] apart = numbers(first.concat(others, 0));
            if (looksAtAllHeads()) {
                assertThat(apart).isNotEqualTo(together);
            } else {
                assertThat(apart).as("seed %s", seed).containsExactly(together, within(1e-5));
            }
        }
    }

    private static double[] numbers(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }

    @Test
    void scoreAndObserve_insideAScope_leakNoArrays() {
        ArrayLayer layer = layer(Seed.or(3));
        ScorerState state = fresh();
        AttentionStep step = step(new Random(Seed.or(3)), 5);
        int alive = manager.getManagedArrays().size();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            scorer.observe(state, step);
            assertThat(scorer.score(layer).isReleased()).isFalse();
        }
        assertThat(manager.getManagedArrays()).hasSize(alive);
        for (NDArray borrowed : List.of(
                state.tokenState(),
                state.headState(),
                step.weights(),
                step.queries(),
                layer.keys(),
                layer.queries(),
                layer.headState())) {
            assertThat(borrowed.isReleased()).isFalse();
        }
    }

    /** What a kernel does in its place, when it says that it only sums. */
    @Test
    void sumsAttention_onlyIfObserveAddsTheSumAndNothingElse() {
        ScorerState state = fresh();
        AttentionStep step = step(new Random(Seed.or(7)), 5);
        scorer.observe(state, step);
        scorer.observe(state, step);
        NDArray sum = step.weights().toType(DataType.FLOAT64, false).sum(new int[] {1});

        boolean sums = scorer.needs().equals(Set.of(Signal.ATTENTION_WEIGHTS))
                && state.tokenState().equals(sum.add(sum));
        assertThat(scorer.sumsAttention()).isEqualTo(sums);
    }

    @Test
    void observe_queriesAtOnceOrOneByOne_givesTheSameState() {
        for (long seed : Seed.each(20)) {
            AttentionStep step = step(new Random(seed), 5);
            ScorerState atOnce = fresh();
            ScorerState oneByOne = fresh();
            for (int call = 1; call <= 3; call++) {
                int seen = SEEN + 5 * call;
                scorer.observe(new ScorerState(atOnce.tokenState(), atOnce.headState(), seen, 5), step);
                for (int query = 0; query < 5; query++) {
                    int before = 5 - 1 - query;
                    scorer.observe(
                            new ScorerState(oneByOne.tokenState(), oneByOne.headState(), seen - before, 1),
                            part(step, query));
                }
            }
            assertThat(atOnce.tokenState().toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(oneByOne.tokenState().toDoubleArray(), within(1e-12));
            assertThat(atOnce.headState().toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(oneByOne.headState().toDoubleArray(), within(1e-9));
        }
    }

    @Test
    void observe_weightsOfTheTokensHeldOnly_givesTheSameState() {
        AttentionStep step = step(new Random(Seed.or(6)), 5);
        ScorerState all = fresh();
        scorer.observe(all, step);
        ScorerState held =
                new ScorerState(manager.zeros(tokenStateShape(LENGTH), DataType.FLOAT64), fresh().headState(), SEEN, 5);
        scorer.observe(
                held, new AttentionStep(step.weights().get(":, :, :{}", LENGTH)).with(Signal.QUERIES, step.queries()));
        assertThat(held.tokenState().toDoubleArray())
                .containsExactly(all.tokenState().get(":, :{}", LENGTH).toDoubleArray(), within(1e-12));
        assertThat(held.headState()).isEqualTo(all.headState());
    }

    @Test
    void observe_rowsNotInUse_keepZeroImportance() {
        ScorerState state = fresh();
        scorer.observe(state, step(new Random(Seed.or(4)), 5));
        assertThat(state.tokenState().get(":, {}:", LENGTH).toDoubleArray())
                .satisfies(numbers -> assertThat(Arrays.stream(numbers).allMatch(number -> number == 0))
                        .isTrue());
    }

    @Test
    void observe_whatItDoesNotNeed_isNotRead() {
        ScorerState state = fresh();
        Map<Signal, NDArray> needed =
                new EnumMap<>(step(new Random(Seed.or(5)), 5).signals());
        needed.keySet().retainAll(scorer.needs());
        scorer.observe(state, new AttentionStep(needed));
        boolean remembers = Stream.of(state.tokenState(), state.headState())
                .flatMapToDouble(array -> Arrays.stream(array.toDoubleArray()))
                .anyMatch(number -> number != 0);
        assertThat(remembers).isEqualTo(!scorer.needs().isEmpty());
    }

    @Test
    void name_inConfiguration_findsAnEqualScorer() {
        assertThat(scorer.name()).matches("[a-z0-9]+([-+][a-z0-9]+)*");
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

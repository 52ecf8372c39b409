package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SumOfRanksScorerTest extends ScorerContract {
    SumOfRanksScorerTest() {
        super(new SumOfRanksScorer(List.of(new SnapScorer(SnapScorer.DEFAULT_QUERIES), new KeyDiffScorer())));
    }

    /** Scores chosen by a test, for each head. */
    private static final class Given implements Scorer {
        private final double[] scores;

        Given(double... scores) {
            this.scores = scores;
        }

        @Override
        public String name() {
            return "given";
        }

        @Override
        public NDArray score(LayerView layer) {
            return layer.positions()
                    .getManager()
                    .create(scores, layer.positions().getShape());
        }
    }

    @Test
    void score_equalOnes_ofTheOlderTokenIsTheLowerRank() {
        Scorer sum = new SumOfRanksScorer(List.of(new Given(0.0, -1, -0.0, 7), new Given(1, 1, 1, 1)));
        // Ranks 1 0 2 3 of the first, for the token at 5 is older than that at 9; 1 3 2 0 of the second.
        assertThat(sum.score(layer(5, 20, 9, 2)).toDoubleArray()).containsExactly(0.5, 0.75, 1, 0.75);
    }

    @Test
    void score_anyScores_isTheSumOfHowManyAreLess() {
        for (long seed : Seed.each(50)) {
            Random random = new Random(seed);
            int length = 1 + random.nextInt(40);
            int[] positions = random.ints(0, 100).distinct().limit(length).toArray();
            List<Scorer> members = new ArrayList<>();
            double[] expected = new double[length];
            for (int member = 0; member < 3; member++) {
                double[] scores =
                        random.ints(length, -5, 5).mapToDouble(i -> i / 4.0).toArray();
                members.add(new Given(scores));
                for (int slot = 0; slot < length; slot++) {
                    for (int other = 0; other < length; other++) {
                        boolean less = scores[other] < scores[slot]
                                || (scores[other] == scores[slot] && positions[other] < positions[slot]);
                        expected[slot] += less ? 1.0 / length : 0;
                    }
                }
            }
            assertThat(new SumOfRanksScorer(members).score(layer(positions)).toDoubleArray())
                    .as("seed %s", seed)
                    .containsExactly(expected, within(1e-9));
        }
    }

    /** Heads that hold only tokens at these positions. */
    private ArrayLayer layer(int... positions) {
        NDArray places = manager.create(positions, new Shape(1, positions.length));
        return new ArrayLayer(100, positions.length, places, places, places, places, places);
    }

    @Test
    void score_memberThatAsksForFewerQueries_seesTheNewest() {
        Scorer both = new SumOfRanksScorer(List.of(new SnapScorer(64), new SnapScorer(2)));
        ArrayLayer layer = layer(7);
        NDArray newest = layer.queries().get(":, -2:");
        ArrayLayer shorter = new ArrayLayer(
                layer.seen(),
                layer.length(),
                layer.keys(),
                layer.values(),
                layer.tokenState(),
                layer.headState(),
                newest,
                layer.positions());
        double[] scores = both.score(layer).toDoubleArray();
        double[] ofAll = new SumOfRanksScorer(List.of(new SnapScorer(64), new Given(new double[120])))
                .score(layer)
                .toDoubleArray();
        double[] ofFew = new SumOfRanksScorer(List.of(new SnapScorer(2), new Given(new double[120])))
                .score(shorter)
                .toDoubleArray();
        double[] ofNone = new SumOfRanksScorer(List.of(new Given(new double[120]), new Given(new double[120])))
                .score(layer)
                .toDoubleArray();
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i]).isCloseTo(ofAll[i] + ofFew[i] - ofNone[i], within(1e-9));
        }
    }

    @Test
    void observe_onlyWhoNeedsSomething_remembers() {
        Scorer sum = Scorers.named("key-diff+heavy-hitter+expected-attention");
        assertThat(sum.needs()).containsExactlyInAnyOrder(Signal.ATTENTION_WEIGHTS, Signal.QUERIES);
        assertThat(sum.stateOfToken()).isEqualTo(1);
        assertThat(sum.stateOfHead(8)).isEqualTo(81);
        NDArray tokenState = manager.zeros(new Shape(1, 2), DataType.FLOAT64);
        NDArray headState = manager.zeros(new Shape(1, sum.stateOfHead(1)), DataType.FLOAT64);
        NDArray query = manager.create(new float[] {3}, new Shape(1, 1, 1));
        NDArray weights = manager.create(new float[] {0.75f, 0.25f}, new Shape(1, 1, 2));
        sum.observe(
                new ScorerState(tokenState, headState, 2, 1),
                new AttentionStep(Map.of(Signal.ATTENTION_WEIGHTS, weights, Signal.QUERIES, query)));
        assertThat(tokenState.toDoubleArray()).containsExactly(0.75, 0.25);
        assertThat(headState.toDoubleArray()).containsExactly(1, 3, 3, 9);
    }

    @Test
    void sumsAttention_onlyIfThatIsAllThatIsObserved() {
        assertThat(Scorers.named("key-diff+heavy-hitter").sumsAttention()).isTrue();
        assertThat(Scorers.named("key-diff+decay").sumsAttention()).isFalse();
        assertThat(Scorers.named("expected-attention+heavy-hitter").sumsAttention())
                .isFalse();
        assertThat(Scorers.named("key-diff+recency").sumsAttention()).isFalse();
    }

    @Test
    void score_memberWithoutAFiniteScore_saysWhich() {
        Scorer sum = new SumOfRanksScorer(List.of(new KeyDiffScorer(), new Given(Double.NaN)));
        assertThatThrownBy(() -> sum.score(vectors()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("scorer given must return finite scores, was NaN");
    }

    /** A layer of one token. */
    private ArrayLayer vectors() {
        NDArray one = manager.ones(new Shape(1, 1, 1));
        NDArray position = manager.create(new int[] {0}, new Shape(1, 1));
        return new ArrayLayer(1, 1, one, one, position, position, position);
    }

    @Test
    void new_lessThanTwoMembers_isRefused() {
        assertThatThrownBy(() -> new SumOfRanksScorer(List.of(new KeyDiffScorer())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("ranks must be those of at least two scorers, were of ");
    }

    @Test
    void new_twoThatRememberOfHeads_isRefused() {
        Scorer expected = new ExpectedAttentionScorer(0.5);
        assertThatThrownBy(() -> new SumOfRanksScorer(List.of(expected, new KeyDiffScorer(), expected)))
                .hasMessage("only one scorer of several may remember anything of heads, these do:"
                        + " expected-attention:0.5, expected-attention:0.5");
    }
}

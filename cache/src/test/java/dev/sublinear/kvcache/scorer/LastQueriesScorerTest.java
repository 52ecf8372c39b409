package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LastQueriesScorerTest extends ScorerContract {
    LastQueriesScorerTest() {
        super(new LastQueriesScorer(LastQueriesScorer.DEFAULT_QUERIES));
    }

    @Test
    void score_moreQueriesThanCount_isTheMeanOfTheNewest() {
        LastQueriesScorer three = new LastQueriesScorer(3);
        NDArray tokenState = manager.zeros(new Shape(1, 2, 3), DataType.FLOAT64);
        float[] weights = new float[20]; // query i gives the first token i / 10, the second the rest
        for (int query = 0; query < 10; query++) {
            weights[2 * query] = query / 10f;
            weights[2 * query + 1] = 1 - query / 10f;
        }
        three.observe(state(tokenState, 10, 10), new AttentionStep(manager.create(weights, new Shape(1, 10, 2))));
        ArrayLayer layer = new ArrayLayer(10, 2, tokenState, tokenState, tokenState, tokenState, tokenState);
        assertThat(three.score(layer).toDoubleArray()).containsExactly(new double[] {0.8, 0.2}, within(1e-7));
    }

    @Test
    void score_ofOneQuery_isTheLastQuerysAttention() {
        LastQueriesScorer one = new LastQueriesScorer(1);
        NDArray tokenState = manager.zeros(new Shape(1, 4), DataType.FLOAT64);
        for (int query = 0; query < 4; query++) {
            float[] weights = new float[4];
            weights[query] = 1;
            one.observe(
                    state(tokenState, query + 1, 1), new AttentionStep(manager.create(weights, new Shape(1, 1, 4))));
            double[] expected =
                    IntStream.range(0, 4).mapToDouble(slot -> weights[slot]).toArray();
            assertThat(tokenState.toDoubleArray()).containsExactly(expected);
        }
    }

    @Test
    void new_noQueries_isRefused() {
        assertThatThrownBy(() -> new LastQueriesScorer(0)).hasMessage("queries must be in [1, 1024], was 0");
    }
}

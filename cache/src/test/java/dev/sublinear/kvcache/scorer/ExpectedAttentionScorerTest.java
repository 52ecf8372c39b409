package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.testing.Seed;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ExpectedAttentionScorerTest extends ScorerContract {
    ExpectedAttentionScorerTest() {
        super(new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY));
    }

    @Test
    void score_queriesOfANormalDistribution_isNearTheirMeanAttention() {
        ExpectedAttentionScorer slow = new ExpectedAttentionScorer(1 - 1e-9);
        Random random = new Random(Seed.or(11));
        int size = 4;
        int queries = 20_000;
        float[] mean = {1, -1, 0.5f, 0};
        float[] flat = new float[queries * size];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = mean[i % size] + 0.5f * (float) random.nextGaussian();
        }
        float[] keys = new float[12 * size];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) random.nextGaussian();
        }
        NDArray all = manager.create(flat, new Shape(1, queries, size));
        NDArray headState = manager.zeros(new Shape(1, slow.stateOfHead(size)), DataType.FLOAT64);
        NDArray nothing = manager.zeros(new Shape(1, 12, 0), DataType.FLOAT64);
        slow.observe(
                new ScorerState(nothing, headState, queries, queries), new AttentionStep(Map.of(Signal.QUERIES, all)));
        NDArray held = manager.create(keys, new Shape(1, 12, size));
        NDArray values = manager.ones(new Shape(1, 12, size)).div(2); // of length one
        float[] expected = slow.score(new ArrayLayer(queries, 12, held, values, nothing, headState, nothing))
                .toFloatArray();
        // The mean of exp(q·k/√d), normalised: what the closed form of a normal distribution stands for.
        NDArray exponentials = all.matMul(held.transpose(0, 2, 1)).div(2).exp().mean(new int[] {1});
        float[] sampled = exponentials.div(exponentials.sum()).toFloatArray();
        for (int slot = 0; slot < sampled.length; slot++) {
            assertThat(expected[slot] / sampled[slot]).isCloseTo(1, within(0.03f));
        }
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
                usual.positions());
        float[] once = scorer.score(usual).toFloatArray();
        float[] thrice = scorer.score(longer).toFloatArray();
        for (int i = 0; i < once.length; i++) {
            assertThat(thrice[i]).isCloseTo(3 * once[i], within(1e-6f));
        }
    }

    @Test
    void new_decayOutsideItsRange_isRefused() {
        assertThatThrownBy(() -> new ExpectedAttentionScorer(1)).hasMessage("decay must be in (0, 1), was 1.0");
    }
}

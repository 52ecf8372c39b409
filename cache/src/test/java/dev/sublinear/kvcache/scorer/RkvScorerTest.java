package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.ArrayLayer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RkvScorerTest extends ScorerContract {
    RkvScorerTest() {
        super(new RkvScorer(RkvScorer.DEFAULT_SHARE));
    }

    @Test
    void score_anyLayer_isThePapersFormulaOverAllPairs() {
        ArrayLayer layer = layer(7);
        double[] scores = scorer.score(layer).toDoubleArray();
        int length = layer.length();
        int size = (int) layer.keys().getShape().get(2);
        float[] keys = layer.keys().toFloatArray();
        double[] attention = layer.tokenState().toDoubleArray();
        int[] positions = layer.positions().toIntArray();
        for (int head = 0; head < 3; head++) {
            double[] similarity = new double[length];
            double normaliser = 0;
            for (int slot = 0; slot < length; slot++) {
                for (int other = 0; other < length; other++) {
                    similarity[slot] +=
                            cosine(keys, (head * length + slot) * size, (head * length + other) * size, size) / length;
                }
                normaliser += Math.exp(similarity[slot]);
            }
            for (int slot = 0; slot < length; slot++) {
                double most = 0;
                for (int near : neighbours(Arrays.copyOfRange(positions, head * length, (head + 1) * length), slot)) {
                    double mean = 0;
                    for (int query = 0; query < 8; query++) {
                        mean += attention[(head * length + near) * 8 + query] / 8;
                    }
                    most = Math.max(most, mean);
                }
                double expected = 0.1 * most - 0.9 * Math.exp(similarity[slot]) / normaliser;
                assertThat(scores[head * length + slot]).isCloseTo(expected, within(1e-6));
            }
        }
    }

    /** The slots of a token and the three tokens held before and after it. */
    private static int[] neighbours(int[] positions, int slot) {
        int[] order = IntStream.range(0, positions.length)
                .boxed()
                .sorted(Comparator.comparing(other -> positions[other]))
                .mapToInt(other -> other)
                .toArray();
        int rank = (int) Arrays.stream(positions)
                .filter(position -> position < positions[slot])
                .count();
        return Arrays.copyOfRange(order, Math.max(0, rank - 3), Math.min(order.length, rank + 4));
    }

    private static double cosine(float[] keys, int a, int b, int size) {
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < size; i++) {
            product += keys[a + i] * keys[b + i];
            first += keys[a + i] * keys[a + i];
            second += keys[b + i] * keys[b + i];
        }
        return product / Math.sqrt(first * second);
    }

    @Test
    void new_shareOutsideItsRange_isRefused() {
        assertThatThrownBy(() -> new RkvScorer(1.5)).hasMessage("share must be in [0, 1], was 1.5");
        assertThatThrownBy(() -> new RkvScorer(Double.NaN)).hasMessage("share must be in [0, 1], was NaN");
    }
}

package dev.sublinear.evaluation.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OwnLawsTest {
    private static final List<Integer> LENGTHS = List.of(128, 256, 512, 1024, 2048);

    /** Rows whose largest weights fall as a geometric series: k keys leave out {@code ratio^k}. */
    private static KeysNeeded needs(int n, double ratio) {
        double[] row = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            row[i] = Math.pow(ratio, i);
            sum += row[i];
        }
        for (int i = 0; i < n; i++) {
            row[i] /= sum;
        }
        return KeysNeeded.of(n, 0, 0, FullAttention.of(new double[][] {row}), 0, 1);
    }

    @Test
    void missedBy_aPowerOfTwo_isWhatItsLargestKeysLeaveOut() {
        KeysNeeded needs = needs(100, 0.9);

        assertThat(needs.missedBy(16)).isCloseTo(Math.pow(0.9, 16), within(1e-3));
        assertThat(needs.missedBy(12)).isBetween(Math.pow(0.9, 16), Math.pow(0.9, 8));
        assertThat(needs.missedBy(0.5)).isCloseTo(0.9, within(1e-3));
        assertThat(needs.missedBy(100)).isZero();
    }

    @Test
    void missed_whereTheLawHolds_isWhatItWasFittedForAtEveryLength() {
        List<KeysNeeded> all = new ArrayList<>();
        LENGTHS.forEach(n -> all.add(needs(n, Math.exp(Math.log(0.05) / (2 * Math.sqrt(n))))));
        DocumentAttention document = new DocumentAttention(all, List.of());

        Map<Integer, Interval> missed = OwnLaws.missed(List.of(document, document), 0.05);

        assertThat(missed).containsOnlyKeys(256, 512, 1024, 2048);
        assertThat(missed.values()).allSatisfy(at -> assertThat(at.mean()).isCloseTo(0.05, within(0.012)));
    }
}

package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.Protection.Span;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SelectionTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    @Test
    void slots_randomInstances_agreeWithSorting() {
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            int keep = 1 + random.nextInt(40);
            int length = keep + 1 + random.nextInt(40);
            int[] positions = ascending(length, random);
            int from = random.nextInt(positions[length - 1]);
            Protection protection = new Protection(
                    random.nextInt(4),
                    random.nextInt(6),
                    random.nextDouble() * 0.5,
                    new Span(from, from + random.nextInt(5)));
            if (protection.tokens(keep) > keep) {
                continue;
            }
            int levels = 1 + random.nextInt(20); // few, so that scores tie
            double[] scores = random.doubles(length)
                    .map(score -> Math.rint(score * levels) - levels / 2.0)
                    .toArray();
            assertThat(new Selection(protection, keep).slots(scores, positions))
                    .as("seed %s", seed)
                    .isEqualTo(ReferenceLayer.slotsToKeep(scores, positions, protection, keep));
        }
    }

    @Test
    void slots_equalScores_evictTheOlderFirst() {
        assertThat(new Selection(NOTHING, 2).slots(new double[] {1, 0, 0, 0, 1}, new int[] {2, 3, 5, 7, 8}))
                .containsExactly(0, 4);
        assertThat(new Selection(NOTHING, 3).slots(new double[] {1, 0, 0, 0, 1}, new int[] {2, 3, 5, 7, 8}))
                .containsExactly(0, 3, 4);
    }

    @Test
    void slots_zerosOfBothSigns_areEqual() {
        assertThat(new Selection(NOTHING, 1).slots(new double[] {0.0, -0.0, 0.0}, new int[] {0, 1, 2}))
                .containsExactly(2);
        assertThat(new Selection(NOTHING, 1).slots(new double[] {0.0, 0.0, -0.0}, new int[] {0, 1, 2}))
                .containsExactly(2);
    }

    @Test
    void slots_worstScores_keepSinksRecentAndPinned() {
        Protection protection = new Protection(2, 2, 0, new Span(5, 7));
        double[] scores = {-9, -9, 3, 4, -9, -9, 5, -9, -9};
        int[] positions = {0, 1, 2, 4, 5, 6, 9, 12, 13};
        assertThat(new Selection(protection, 7).slots(scores, positions)).containsExactly(0, 1, 4, 5, 6, 7, 8);
    }

    @Test
    void slots_recentShare_isOfWhatStays() {
        Protection protection = new Protection(0, 0, 0.5, Span.EMPTY);
        assertThat(new Selection(protection, 4).slots(new double[] {9, 8, 7, 6, 0, 0}, new int[] {0, 1, 2, 3, 4, 5}))
                .containsExactly(0, 1, 4, 5);
    }

    @Test
    void slots_moreProtectedThanMayStay_isAnError() {
        assertThatThrownBy(() -> new Selection(new Protection(3, 0, 0, Span.EMPTY), 2)
                        .slots(new double[4], new int[] {0, 1, 2, 3}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("only 1 of 4 tokens are unprotected, and 2 must go");
    }

    private static int[] ascending(int length, Random random) {
        int[] positions = new int[length];
        int position = random.nextInt(3);
        for (int i = 0; i < length; i++) {
            positions[i] = position;
            position += 1 + random.nextInt(3);
        }
        return positions;
    }
}

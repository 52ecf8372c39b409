package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SelectionTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    @Test
    void slots_randomInstances_agreeWithSorting() {
        for (long seed : Seed.each(20_000)) {
            Random random = new Random(seed);
            int keep = 1 + random.nextInt(40);
            int length = keep + 1 + random.nextInt(40);
            int seen = length + random.nextInt(2 * length);
            int[] positions = positions(length, seen, random);
            int from = random.nextInt(seen);
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
            assertThat(new Selection(protection, seen, keep).slots(scores, positions))
                    .as("seed %s", seed)
                    .isEqualTo(ReferenceLayer.slots(scores, positions, protection, seen, keep));
        }
    }

    @Test
    void slots_tokensThatGo_areFilledFromBeyond() {
        assertThat(slots(NOTHING, 4, new double[] {9, 0, 8, 1, 7, 2, 6}, new int[] {0, 1, 2, 3, 4, 5, 6}))
                .containsExactly(0, 4, 2, 6);
        assertThat(slots(NOTHING, 4, new double[] {9, 8, 7, 6, 0, 0, 0}, new int[] {0, 1, 2, 3, 4, 5, 6}))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void slots_equalScores_evictTheOlderFirst() {
        assertThat(slots(NOTHING, 2, new double[] {1, 0, 0, 0, 1}, new int[] {2, 3, 5, 7, 8}))
                .containsExactly(0, 4);
        assertThat(slots(NOTHING, 3, new double[] {1, 0, 0, 0, 1}, new int[] {2, 7, 5, 3, 8}))
                .containsExactly(0, 1, 4);
    }

    @Test
    void slots_zerosOfBothSigns_areEqual() {
        assertThat(slots(NOTHING, 1, new double[] {0.0, -0.0, 0.0}, new int[] {0, 1, 2}))
                .containsExactly(2);
        assertThat(slots(NOTHING, 1, new double[] {0.0, 0.0, -0.0}, new int[] {0, 1, 2}))
                .containsExactly(2);
    }

    @Test
    void slots_worstScores_keepSinksRecentAndPinnedWhereverTheyLie() {
        Protection protection = new Protection(2, 2, 0, new Span(5, 7));
        double[] scores = {-9, 3, -9, 4, -9, -9, -9, 5, -9};
        int[] positions = {13, 2, 0, 4, 5, 12, 6, 9, 1};
        assertThat(slots(protection, 7, scores, positions)).containsExactly(0, 7, 2, 8, 4, 5, 6);
    }

    @Test
    void slots_recentShare_isOfWhatStays() {
        Protection protection = new Protection(0, 0, 0.5, Span.EMPTY);
        assertThat(slots(protection, 4, new double[] {9, 8, 7, 6, 0, 0}, new int[] {0, 1, 2, 3, 4, 5}))
                .containsExactly(0, 1, 4, 5);
    }

    @Test
    void slots_moreProtectedThanMayStay_isAnError() {
        assertThatThrownBy(() -> slots(new Protection(3, 0, 0, Span.EMPTY), 2, new double[4], new int[] {0, 1, 2, 3}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("only 1 of 4 tokens are unprotected, and 2 must go");
    }

    /** What stays of a head whose newest token is the newest of the sequence. */
    private static int[] slots(Protection protection, int keep, double[] scores, int[] positions) {
        int seen = Arrays.stream(positions).max().orElseThrow() + 1;
        return new Selection(protection, seen, keep).slots(scores, positions);
    }

    /** Positions of a head that holds the newest token, in no order. */
    private static int[] positions(int length, int seen, Random random) {
        List<Integer> all = IntStream.range(0, seen - 1).boxed().collect(Collectors.toCollection(ArrayList::new));
        Collections.shuffle(all, random);
        all.add(0, seen - 1);
        return all.stream().limit(length).mapToInt(position -> position).toArray();
    }
}

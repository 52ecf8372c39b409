package dev.sublinear.evaluation.continuation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ContinuationsTest {

    @Test
    void commonPrefix_isTheTokensBeforeTheFirstDifference() {
        int[] text = {5, 6, 7, 8};
        assertThat(Continuations.commonPrefix(text, new int[] {5, 6, 9, 8})).isEqualTo(2);
        assertThat(Continuations.commonPrefix(text, new int[] {1, 6, 7, 8})).isZero();
        assertThat(Continuations.commonPrefix(text, text.clone())).isEqualTo(4);
    }

    @Test
    void distinct_ofACircle_isSmallAndOfAllDifferentIsOne() {
        assertThat(Continuations.distinct(new int[] {1, 2, 1, 2, 1, 2}, 1)).isEqualTo(2 / 6.0);
        assertThat(Continuations.distinct(new int[] {1, 2, 1, 2, 1, 2}, 2)).isEqualTo(2 / 5.0);
        assertThat(Continuations.distinct(new int[] {1, 2, 3, 4}, 2)).isEqualTo(1);
    }
}

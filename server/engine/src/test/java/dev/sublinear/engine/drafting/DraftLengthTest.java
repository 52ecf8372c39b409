package dev.sublinear.engine.drafting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DraftLengthTest {
    private final DraftLength length = new DraftLength();

    @Test
    void of_draftsThatAreRight_growsToTheMost() {
        int first = length.of(15, 1, 500);
        assertThat(first).isBetween(1, 5);
        for (int step = 0; step < 12; step++) {
            int drafted = length.of(15, 1, 500);
            length.verified(drafted, drafted);
        }
        assertThat(length.of(15, 1, 500)).isEqualTo(15);
        assertThat(length.of(7, 1, 500)).isEqualTo(7);
    }

    @Test
    void of_draftsThatAreWrong_isSoonNoneAndProbesMoreAndMoreRarely() {
        int wrong = 0;
        int steps = 0;
        for (; steps < 1_000; steps++) {
            int drafted = length.of(15, 1, 500);
            if (drafted > 0) {
                wrong += drafted;
                length.verified(drafted, 0);
            }
        }
        assertThat(wrong)
                .as("tokens drafted in %s steps, none of them right", steps)
                .isBetween(8, 20);
    }

    @Test
    void of_oneProbeThatIsRight_draftsAgain() {
        for (int step = 0; step < 500; step++) {
            int drafted = length.of(15, 1, 500);
            if (drafted > 0) {
                length.verified(drafted, 0);
            }
        }
        int waited = 0;
        while (length.of(15, 1, 500) == 0) {
            waited++;
        }
        assertThat(waited).isLessThanOrEqualTo(128);
        length.verified(1, 1);
        assertThat(length.of(15, 1, 500)).isPositive();
    }

    /** Each row attends to all of them. */
    @Test
    void of_moreTokensHeld_isNoLonger() {
        length.verified(3, 3);
        int before = length.of(15, 1, 0);
        assertThat(before).isGreaterThan(5);
        for (int held = 1_000; held <= 64_000; held *= 2) {
            int drafted = length.of(15, 1, held);
            assertThat(drafted).isLessThanOrEqualTo(before);
            before = drafted;
        }
        assertThat(before).isLessThan(3);
    }

    @Test
    void of_noRoom_isNone() {
        assertThat(length.of(0, 1, 500)).isZero();
    }

    @Test
    void of_moreSequencesInTheStep_isNoLonger() {
        length.verified(3, 3);
        int before = Integer.MAX_VALUE;
        for (int sequences = 1; sequences <= 8; sequences++) {
            int drafted = length.of(16 / sequences - 1, sequences, 500);
            assertThat(drafted).isLessThanOrEqualTo(before);
            before = drafted;
        }
    }
}

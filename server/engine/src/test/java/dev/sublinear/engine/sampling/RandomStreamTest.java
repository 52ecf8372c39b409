package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RandomStreamTest {

    @Test
    void at_manyPositions_isUniform() {
        for (long seed : new long[] {0, 1, 2, -1, Long.MIN_VALUE}) {
            RandomStream stream = new RandomStream(seed);
            int[] tenths = new int[10];
            IntStream.range(0, 20_000).forEach(position -> tenths[(int) (10 * stream.at(position))]++);
            for (int count : tenths) {
                assertThat((double) count).as("seed %s", seed).isCloseTo(2_000, within(200.0));
            }
        }
    }

    @Test
    void at_neighbouringSeeds_haveNothingInCommon() {
        // Streams of seeds one apart must not be the same numbers one position apart.
        long same = IntStream.range(0, 1_000)
                .filter(position -> new RandomStream(1).at(position + 1) == new RandomStream(2).at(position))
                .count();
        assertThat(same).isZero();
    }
}

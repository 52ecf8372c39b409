package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TokenMaskTest {

    @Test
    void changes_anyInAnyOrder_areThoseOfASet() {
        long seed = Seed.or(2);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int size = 1 + random.nextInt(150);
            Set<Integer> twin = new HashSet<>();
            TokenMask mask = TokenMask.ALL;
            if (random.nextBoolean()) {
                BitSet listed = new BitSet();
                for (int i = random.nextInt(size); i > 0; i--) {
                    listed.set(random.nextInt(size));
                }
                listed.stream().forEach(twin::add);
                mask = TokenMask.of(listed);
            } else {
                for (int id = 0; id < size; id++) {
                    twin.add(id);
                }
            }
            for (int change = random.nextInt(4); change > 0; change--) {
                Set<Integer> ids = Set.of(random.nextInt(size));
                if (random.nextBoolean()) {
                    mask = mask.with(ids);
                    twin.addAll(ids);
                } else {
                    mask = mask.without(ids);
                    twin.removeAll(ids);
                }
            }
            float[] scores = new float[size];
            mask.restrict(scores);
            for (int id = 0; id < size; id++) {
                assertThat(mask.allows(id))
                        .as("seed %s, round %s, %s", seed, round, id)
                        .isEqualTo(twin.contains(id));
                assertThat(scores[id]).isEqualTo(twin.contains(id) ? 0 : Float.NEGATIVE_INFINITY);
            }
            assertThat(mask.isAll()).isEqualTo(isAll(mask));
            if (!isUnlimited(mask)) {
                assertThat(mask.isEmpty()).isEqualTo(twin.isEmpty());
            }
        }
    }

    /** Whether ids beyond any vocabulary are allowed, too. */
    private static boolean isUnlimited(TokenMask mask) {
        return mask.allows(1_000_000);
    }

    private static boolean isAll(TokenMask mask) {
        for (int id = 0; id < 200; id++) {
            if (!mask.allows(id)) {
                return false;
            }
        }
        return isUnlimited(mask);
    }
}

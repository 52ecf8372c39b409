package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class GrowthTest {
    private static final KvShape SHAPE = new KvShape(4, 1, 2);
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    private final KvMemory memory = new KvMemory(1L << 30);

    @Test
    void ahead_shortSequence_isNone() {
        Growth growth = new Growth(SHAPE, UNLIMITED, reserve(UNLIMITED, 100_000));
        assertThat(growth.ahead(0, 0)).isZero();
        assertThat(growth.ahead(3, 500)).isZero();
    }

    @Test
    void ahead_longSequence_isASixteenthToAnEighthByLayer() {
        Growth growth = new Growth(SHAPE, UNLIMITED, reserve(UNLIMITED, 100_000));
        assertThat(List.of(growth.ahead(0, 16_000), growth.ahead(1, 16_000), growth.ahead(3, 16_000)))
                .containsExactly(1000, 1250, 1750);
    }

    @Test
    void ahead_anySequence_staysWithinWhatIsReserved() {
        long seed = Seed.or(11);
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            EvictionPolicy policy = random.nextBoolean()
                    ? UNLIMITED
                    : EvictionPolicy.of(new BudgetSchedule.PowerLaw(32, 0.5, 1), new RecencyScorer());
            int most = 1 + random.nextInt(50_000);
            int seen = random.nextInt(most + 1);
            int layer = random.nextInt(SHAPE.layers());
            try (KvMemory.Reservation reservation = reserve(policy, most)) {
                int ahead = new Growth(SHAPE, policy, reservation).ahead(layer, seen);
                assertThat(SHAPE.peakBytes(policy, seen + ahead))
                        .as("case %s of seed %s", i, seed)
                        .isLessThanOrEqualTo(reservation.bytes());
            }
        }
    }

    @Test
    void ahead_atTheLongestSequence_doesNotOverflow() {
        Growth growth = new Growth(SHAPE, UNLIMITED, reserve(UNLIMITED, 1000));
        assertThat(growth.ahead(3, Integer.MAX_VALUE)).isZero();
    }

    @Test
    void claim_tokenByToken_growsALongLayerSeldomAndNotAllAtOnce() {
        int from = 4_000;
        int to = 8_000;
        List<Integer> grown = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager();
                KvCache cache = new KvCache(manager, SHAPE, UNLIMITED, reserve(UNLIMITED, to), KvCacheListener.NONE)) {
            cache.expect(from);
            for (int token = 0; token < to; token++) {
                int layers = 0;
                for (int index = 0; index < SHAPE.layers(); index++) {
                    LayerCache layer = cache.layer(index);
                    long before = layer.bytes();
                    try (NDScope temporaries = new NDScope()) {
                        temporaries.suppressNotUsedWarning();
                        layer.claim(1);
                    }
                    layers += layer.bytes() > before ? 1 : 0;
                }
                if (token >= from) {
                    grown.add(layers);
                }
            }
        }
        int all = grown.stream().mapToInt(Integer::intValue).sum();
        assertThat(all).as("growths, of which there were 250 by blocks of 64").isBetween(16, 64);
        assertThat(grown.stream().skip(600)).as("layers that grow with a token").allMatch(layers -> layers < 4);
    }

    private KvMemory.Reservation reserve(EvictionPolicy policy, int tokens) {
        return memory.reserve(SHAPE.peakBytes(policy, tokens)).orElseThrow();
    }
}

package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.DecayScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterSumScorer;
import dev.sublinear.kvcache.scorer.KeyNormScorer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BudgetGuardTest {
    private static final KvShape SHAPE = new KvShape(1, 1, 2);
    private static final Protection FEW = new Protection(1, 4, 0, Span.EMPTY);
    private static final BudgetGuard GUARD = new BudgetGuard(0.05);

    private final List<String> events = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private int raised;
    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    /** Hears what a guard does. */
    private final KvCacheListener listener = new KvCacheListener() {
        @Override
        public void onRaised(int layer, int tokens) {
            events.add("raised by " + tokens);
            raised = tokens;
        }

        @Override
        public void onLost(int layer, double share) {
            losses.add(share);
        }
    };

    @Test
    void onLost_evenAttention_isTheShareOfTheEvicted() {
        EvictionPolicy policy = new EvictionPolicy(new Fixed(15), new HeavyHitterSumScorer(), FEW, 4);
        try (KvCache cache = open(policy, 1_000)) {
            read(cache.layer(0), 20, true);
            // 20 queries gave 1 each: token t got 1/(t+1) + ... + 1/20. Five of the youngest that are unprotected went.
            double gone = 0;
            for (int token = 11; token < 16; token++) {
                for (int query = token; query < 20; query++) {
                    gone += 1.0 / (query + 1);
                }
            }
            assertThat(losses).hasSize(1);
            assertThat(losses.get(0)).isCloseTo(gone / 20, within(1e-6));
        }
    }

    @Test
    void guard_attentionOnAllTokens_raisesUntilTheLossIsAtTheTargetAndFallsBack() {
        EvictionPolicy policy = new EvictionPolicy(new Fixed(40), new DecayScorer(0.5), FEW, 3).guarding(GUARD);
        try (KvCache cache = open(policy, 1_000)) {
            LayerCache layer = cache.layer(0);
            int most = 0;
            for (int token = 0; token < 200; token++) {
                read(layer, 1, true);
                most = Math.max(most, layer.length(0));
            }
            assertThat(most).isBetween(75, 90); // where four tokens more are a twentieth of the attention
            assertThat(losses).isNotEmpty().allMatch(loss -> loss <= GUARD.targetLoss());
            long held = cache.bytes();
            for (int token = 0; token < 200; token++) {
                read(layer, 1, false);
            }
            assertThat(raised).isZero();
            assertThat(layer.length(0)).isBetween(40, 43);
            assertThat(cache.bytes()).isLessThan(held).isEqualTo(SHAPE.layerBytes(SHAPE.policy(policy, 0), 64));
            assertThat(events).contains("raised by 0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 120, 300})
    void guard_roomRunsOut_staysWithinTheReservation(int tokens) {
        EvictionPolicy policy = new EvictionPolicy(
                        BudgetSchedule.parse("power-law:alpha=2,exponent=0.7,floor=10"), new DecayScorer(0.99), FEW, 3)
                .guarding(new BudgetGuard(1e-6));
        try (KvCache cache = open(policy, tokens)) {
            LayerCache layer = cache.layer(0);
            for (int token = 0; token < tokens; token++) {
                read(layer, 1, true);
                assertThat(layer.length(0))
                        .isGreaterThanOrEqualTo(
                                Math.min(layer.seen(), policy.budget().budget(layer.seen())));
            }
            assertThat(cache.bytes()).isLessThanOrEqualTo(SHAPE.peakBytes(policy, tokens));
            assertThat(layer.length(0)).isGreaterThan(policy.budget().budget(tokens) - 1);
        }
    }

    @Test
    void guard_tokensAtOnceOrOneByOne_keepsTheSame() {
        EvictionPolicy policy = new EvictionPolicy(new Fixed(40), new DecayScorer(0.9), FEW, 3).guarding(GUARD);
        try (KvCache atOnce = open(policy, 1_000);
                KvCache oneByOne = open(policy, 1_000)) {
            read(atOnce.layer(0), 300, true);
            for (int token = 0; token < 300; token++) {
                read(oneByOne.layer(0), 1, true);
            }
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                assertThat(atOnce.layer(0).view().positions().toIntArray())
                        .isEqualTo(oneByOne.layer(0).view().positions().toIntArray());
            }
        }
    }

    @Test
    void guard_whereItCannotWork_isRefused() {
        EvictionPolicy blind = new EvictionPolicy(new Fixed(40), new KeyNormScorer(), FEW, 3);
        assertThatThrownBy(() -> blind.guarding(GUARD))
                .hasMessage("guard.target-loss needs a scorer that reads attention weights, was key-norm");
        HeadLaws laws = HeadLaws.of(List.of(List.of(new PowerLaw(8, 0.5, 64), new PowerLaw(2, 0.8, 64))));
        EvictionPolicy uneven = new EvictionPolicy(laws, new DecayScorer(0.5), FEW, 3);
        assertThatThrownBy(() -> uneven.guarding(GUARD))
                .hasMessage("guard.target-loss needs one budget for all heads, was head-laws:scale=1");
        assertThatThrownBy(() -> new BudgetGuard(0)).hasMessage("guard.target-loss must be in (0, 1], was 0.0");
    }

    private KvCache open(EvictionPolicy policy, int tokens) {
        long bytes = SHAPE.peakBytes(policy, tokens) + (policy.budget() instanceof Fixed ? 10_000 : 0);
        KvMemory memory = new KvMemory(bytes);
        return new KvCache(manager, SHAPE, policy, memory.reserve(bytes).orElseThrow(), listener);
    }

    /** Reads tokens whose queries attend to all that is held, evenly, or to themselves alone. */
    private void read(LayerCache layer, int tokens, boolean evenly) {
        while (tokens > 0) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                int piece = layer.nextChunk(tokens);
                NDArray vectors = manager.ones(new Shape(1, piece, 2));
                layer.claim(piece);
                layer.write(vectors, vectors);
                int length = layer.length(0);
                float[] weights = new float[piece * length];
                for (int query = 0; query < piece; query++) {
                    int visible = length - piece + query + 1;
                    for (int slot = 0; slot < visible; slot++) {
                        weights[query * length + slot] = evenly ? 1f / visible : slot == visible - 1 ? 1 : 0;
                    }
                }
                layer.settle(new AttentionStep(manager.create(weights, new Shape(1, piece, length))));
                layer.trim();
                tokens -= piece;
            }
        }
    }
}

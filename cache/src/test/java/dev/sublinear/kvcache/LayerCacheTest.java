package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LayerCacheTest {
    private static final Protection SOME = new Protection(2, 3, 0.25, new Span(5, 8));
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    static Stream<LayerWalk.Plan> walks() {
        List<LayerWalk.Plan> plans = new ArrayList<>();
        long seed = Seed.or(0);
        for (String budget : List.of(
                "unlimited",
                "fixed:24",
                "fraction:0.3,floor=12",
                "logarithmic:scale=8,floor=12",
                "power-law:alpha=4,exponent=0.5,floor=12")) {
            for (int slack : new int[] {0, 1, 64}) {
                for (int kvHeads : new int[] {1, 3}) {
                    for (Scorer scorer : List.of(new HeavyHitterScorer(), new RecencyScorer())) {
                        EvictionPolicy policy = new EvictionPolicy(BudgetSchedule.parse(budget), scorer, SOME, slack);
                        KvShape shape = LayerWalk.Plan.shape(kvHeads, 1, KvStorage.FLOAT32, seed % 3 == 0 ? 40 : 0);
                        plans.add(new LayerWalk.Plan(policy, shape, 500, 300, seed++));
                    }
                }
            }
        }
        return plans.stream();
    }

    @ParameterizedTest
    @MethodSource("walks")
    void walk_anyPolicy_agreesWithTheReference(LayerWalk.Plan plan) {
        new LayerWalk(plan, manager).run();
    }

    @Test
    void walk_aHundredThousandOperationsOfTheDefaultScorer_agreesWithTheReference() {
        EvictionPolicy policy = EvictionPolicy.of(
                BudgetSchedule.parse("power-law:alpha=6,exponent=0.6,floor=48"), new HeavyHitterScorer());
        KvShape shape = LayerWalk.Plan.shape(2, 1, KvStorage.FLOAT32, 0);
        int done = new LayerWalk(new LayerWalk.Plan(policy, shape, 600, 100_000, Seed.or(42)), manager).run();
        assertThat(done).isGreaterThanOrEqualTo(100_000);
    }

    @Test
    void trim_overBudget_keepsSinksPinnedAndRecentInTheFirstSlots() {
        Protection protection = new Protection(2, 2, 0, new Span(4, 6));
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(8), new RecencyScorer(), protection, 3))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 11, 4), ones(2, 11, 4));
            assertThat(layer.trim()).isZero();
            append(layer, ones(2, 1, 4), ones(2, 1, 4));
            assertThat(layer.trim()).as("four of each head").isEqualTo(8);
            assertThat(layer.view().positions().toIntArray())
                    .containsExactly(0, 1, 8, 9, 4, 5, 10, 11, 0, 1, 8, 9, 4, 5, 10, 11);
            assertThat(layer.seen()).isEqualTo(12);
            assertThat(layer.length(1)).isEqualTo(8);
        }
    }

    @Test
    void nextChunk_acrossBlocksAndTrims_endsAtBoth() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(70), new RecencyScorer(), NOTHING, 9))) {
            LayerCache layer = cache.layer(0);
            List<Integer> pieces = new ArrayList<>();
            for (int left = 150; left > 0; ) {
                int piece = layer.nextChunk(left);
                append(layer, ones(2, piece, 4), ones(2, piece, 4));
                layer.trim();
                pieces.add(piece);
                left -= piece;
            }
            // 64 fill a block, 80 are the budget of 70 and one over the slack; then every ten tokens a trim, and at 128
            // the grid.
            assertThat(pieces).containsExactly(64, 16, 10, 10, 10, 10, 8, 2, 10, 10);
        }
    }

    @Test
    void write_wrongArrays_areRefusedAndChangeNothing() {
        try (KvCache cache = cache(unlimited())) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            layer.claim(2);
            assertRefused(
                    layer,
                    () -> layer.write(ones(2, 2, 5), ones(2, 2, 4)),
                    "keys must be float32 of shape (2, 2, 4), was float32 of shape (2, 2, 5)");
            assertRefused(
                    layer,
                    () -> layer.write(ones(3, 2, 4), ones(2, 2, 4)),
                    "keys must be float32 of shape (2, 2, 4), was float32 of shape (3, 2, 4)");
            assertRefused(
                    layer,
                    () -> layer.write(ones(2, 2, 4), ones(2, 3, 4)),
                    "values must be float32 of shape (2, 2, 4), was float32 of shape (2, 3, 4)");
            assertRefused(
                    layer,
                    () -> layer.write(ones(4), ones(4)),
                    "keys must be float32 of shape (2, 2, 4), was float32 of shape (4)");
            assertRefused(
                    layer,
                    () -> layer.write(ones(2, 2, 4).toType(DataType.FLOAT64, true), ones(2, 2, 4)),
                    "keys must be float32 of shape (2, 2, 4), was float64 of shape (2, 2, 4)");
        }
    }

    @Test
    void write_arrayReleased_changesNothing() {
        try (KvCache cache = cache(unlimited())) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            layer.claim(2);
            NDArray released = ones(2, 2, 4);
            released.close();
            Snapshot before = Snapshot.of(layer);
            assertThatThrownBy(() -> layer.write(ones(2, 2, 4), released)).isInstanceOf(IllegalStateException.class);
            assertThat(Snapshot.of(layer)).isEqualTo(before);
        }
    }

    @Test
    void claim_beyondNextChunk_isRefusedAndChangesNothing() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), new RecencyScorer(), NOTHING, 4))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 21, 4), ones(2, 21, 4));
            assertThat(layer.nextChunk(100)).isEqualTo(4);
            assertRefused(layer, () -> layer.claim(5), "1 to 4 tokens may be claimed at once here, was 5");
            assertRefused(layer, () -> layer.claim(0), "1 to 4 tokens may be claimed at once here, was 0");
            assertRefused(layer, () -> layer.claim(-1), "1 to 4 tokens may be claimed at once here, was -1");
        }
    }

    @Test
    void claim_trimDue_isRefusedAndChangesNothing() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), new RecencyScorer(), NOTHING, 0))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 21, 4), ones(2, 21, 4));
            Snapshot before = Snapshot.of(layer);
            assertThatThrownBy(() -> layer.claim(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer 0 must be trimmed before it takes more tokens, it holds 21 of a budget of 20");
            assertThat(Snapshot.of(layer)).isEqualTo(before);
            layer.trim();
            append(layer, ones(2, 1, 4), ones(2, 1, 4));
        }
    }

    /** @param room for the tokens that are there; for larger keys too, but not for larger values */
    @ParameterizedTest
    @ValueSource(longs = {6656, 9000})
    void claim_beyondTheReservation_isRefusedAndChangesNothing(long room) {
        KvShape shape = new KvShape(1, 2, 4);
        assertThat(shape.peakBytes(unlimited(), 64)).isEqualTo(6656);
        KvMemory memory = new KvMemory(room);
        KvMemory.Reservation reservation = memory.reserve(room).orElseThrow();
        try (KvCache cache = new KvCache(manager, shape, unlimited(), reservation, KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 64, 4), ones(2, 64, 4));
            Snapshot before = Snapshot.of(layer);
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> layer.claim(1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("reservation of " + room);
                assertThat(Snapshot.of(layer)).isEqualTo(before);
                assertThat(cache.bytes()).isEqualTo(memory.used());
            }
        }
        assertThat(memory.reserved()).isZero();
    }

    @Test
    void settle_wrongShape_isRefusedAndChangesNothing() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), new HeavyHitterScorer(), NOTHING, 4))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            assertRefused(
                    layer,
                    () -> layer.settle(new AttentionStep(ones(2, 1, 1))),
                    "weights must have shape (2, 3, 3 or 64), was (2, 1, 1)");
            assertRefused(
                    layer,
                    () -> layer.settle(new AttentionStep(ones(1, 1, 64))),
                    "weights must have shape (2, 3, 3 or 64), was (1, 1, 64)");
        }
    }

    @Test
    void settle_weightsOfTheTokensHeldOnly_countsTheSame() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), new HeavyHitterScorer(), NOTHING, 4))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            layer.settle(new AttentionStep(ones(2, 3, 3)));
            assertThat(layer.view().tokenState().toDoubleArray()).containsOnly(3.0);
        }
    }

    @Test
    void wants_onlyWhereTheScorerNeedsWeightsAndSomethingIsEvicted_isTrue() {
        try (KvCache heavy = cache(EvictionPolicy.of(new Fixed(100), new HeavyHitterScorer()));
                KvCache recency = cache(EvictionPolicy.of(new Fixed(100), new RecencyScorer()));
                KvCache uncut = cache(EvictionPolicy.of(new Unlimited(), new HeavyHitterScorer()))) {
            assertThat(heavy.layer(0).wants(Signal.ATTENTION_WEIGHTS)).isTrue();
            assertThat(recency.layer(0).wants(Signal.ATTENTION_WEIGHTS)).isFalse();
            assertThat(uncut.layer(0).wants(Signal.ATTENTION_WEIGHTS)).isFalse();
        }
    }

    @Test
    void trim_beforeTheNewestTokensAreObserved_isRefusedAndChangesNothing() {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), new HeavyHitterScorer(), NOTHING, 0))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 18, 4), ones(2, 18, 4));
            layer.settle(new AttentionStep(ones(2, 18, 18)));
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            Snapshot before = Snapshot.of(layer);
            assertThatThrownBy(layer::trim)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer 0 must observe the attention of its newest 3 tokens before it is trimmed");
            assertThat(Snapshot.of(layer)).isEqualTo(before);
            layer.settle(new AttentionStep(ones(2, 3, 21)));
            assertThat(layer.trim()).as("one of each head").isEqualTo(2);
        }
    }

    @Test
    void settle_withoutASignalThatTheScorerNeeds_isRefusedNamingIt() {
        Scorer expected = new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY);
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), expected, NOTHING, 0))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 3, 4), ones(2, 3, 4));
            assertRefused(
                    layer,
                    () -> layer.settle(new AttentionStep(ones(2, 3, 3))),
                    "the attention step must have the signal QUERIES, has [ATTENTION_WEIGHTS]");
            assertRefused(
                    layer,
                    () -> layer.settle(new AttentionStep(ones(2, 3, 3)).with(Signal.QUERIES, ones(2, 4, 4))),
                    "queries must have shape (2, a multiple of 3, 4), was (2, 4, 4)");
            layer.settle(new AttentionStep(Map.of(Signal.QUERIES, ones(2, 6, 4))));
        }
    }

    /** Scores that a broken scorer might return. */
    record Broken(float score, int extraTokens) implements Scorer {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public NDArray score(LayerView layer) {
            NDManager manager = layer.keys().getManager();
            return manager.zeros(new Shape(2, layer.length() + extraTokens)).add(score);
        }
    }

    @Test
    void trim_scoresNotFinite_areRefusedAndChangeNothing() {
        for (float score : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            assertTrimRefused(
                    new Broken(score, 0),
                    "scorer broken must return finite scores, was " + (double) score + " in layer 0, head 0, slot 0");
        }
    }

    @Test
    void trim_scoresOfAnotherShape_areRefusedAndChangeNothing() {
        assertTrimRefused(new Broken(0, 1), "scorer broken must return shape (2, 21), was (2, 22)");
    }

    private void assertTrimRefused(Scorer scorer, String message) {
        try (KvCache cache = cache(new EvictionPolicy(new Fixed(20), scorer, NOTHING, 0))) {
            LayerCache layer = cache.layer(0);
            append(layer, ones(2, 21, 4), ones(2, 21, 4));
            Snapshot before = Snapshot.of(layer);
            int alive = manager.getManagedArrays().size();
            assertThatThrownBy(layer::trim)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(message);
            assertThat(manager.getManagedArrays()).hasSize(alive);
            assertThat(Snapshot.of(layer)).isEqualTo(before);
        }
    }

    @Test
    void use_afterClose_saysThatTheCacheIsClosed() {
        KvCache cache = cache(new EvictionPolicy(new Fixed(20), new HeavyHitterScorer(), NOTHING, 0));
        LayerCache layer = cache.layer(0);
        append(layer, ones(2, 3, 4), ones(2, 3, 4));
        cache.close();
        for (ThrowingCallable use : List.<ThrowingCallable>of(
                () -> layer.view().keys(),
                () -> layer.view().values(),
                () -> layer.view().tokenState(),
                () -> layer.view().positions(),
                () -> layer.view().headState(),
                layer::tensors,
                () -> cache.truncate(2),
                () -> cache.fork(new KvMemory(1).reserve(1).orElseThrow(), KvCacheListener.NONE),
                layer::trim,
                () -> layer.expect(5),
                () -> layer.claim(1),
                () -> layer.write(ones(2, 3, 4), ones(2, 3, 4)),
                layer::settle,
                () -> layer.settle(new AttentionStep(ones(2, 1, 64))))) {
            assertThatThrownBy(use).isInstanceOf(IllegalStateException.class).hasMessage("the cache is closed");
        }
        assertThat(layer.bytes()).isZero();
    }

    /** All that a refused call must leave alone. */
    record Snapshot(
            int seen, int length, List<Integer> positions, String keys, String values, List<Double> tokenState) {
        static Snapshot of(LayerCache layer) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                return new Snapshot(
                        layer.seen(),
                        layer.longest(),
                        Arrays.stream(layer.view().positions().toIntArray())
                                .boxed()
                                .toList(),
                        Arrays.toString(layer.view().keys().toFloatArray()),
                        Arrays.toString(layer.view().values().toFloatArray()),
                        Arrays.stream(layer.view().tokenState().toDoubleArray())
                                .boxed()
                                .toList());
            }
        }
    }

    private static void assertRefused(LayerCache layer, ThrowingCallable call, String message) {
        Snapshot before = Snapshot.of(layer);
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThat(Snapshot.of(layer)).isEqualTo(before);
    }

    private static void append(LayerCache layer, NDArray keys, NDArray values) {
        layer.claim((int) keys.getShape().get(1));
        layer.write(keys, values);
    }

    private KvCache cache(EvictionPolicy policy) {
        KvShape shape = new KvShape(1, 2, 4);
        long room = shape.peakBytes(policy, 1_000);
        return new KvCache(
                manager, shape, policy, new KvMemory(room).reserve(room).orElseThrow(), KvCacheListener.NONE);
    }

    private static EvictionPolicy unlimited() {
        return EvictionPolicy.of(new Unlimited(), new RecencyScorer());
    }

    private NDArray ones(long... dimensions) {
        return manager.ones(new Shape(dimensions));
    }
}

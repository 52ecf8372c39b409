package dev.sublinear.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.RetainedTokens;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.KeyNormScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.server.web.KeptBy.Reason;
import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class KeptByTest {
    private static final int TOKENS = 600;
    private static final long SEED = Seed.or(23);
    private static final Protection PROTECTION = new Protection(2, 3, 0, new Protection.Span(5, 7));
    private static final EvictionPolicy TEN =
            new EvictionPolicy(new BudgetSchedule.Fixed(10), new KeyNormScorer(), PROTECTION, 4);

    @Test
    void of_tokensThatAreHeld_namesWhatWouldKeepEachAtATrim() {
        // After 40 tokens, 12 of them held, of which the policy keeps 10.
        int[] positions = {0, 1, 5, 6, 9, 12, 13, 20, 30, 37, 38, 39};
        double[] scores = {9, 9, 9, 9, 2, 8, 1, 2, 7, 0, 0, 0};
        RetainedTokens held = new RetainedTokens(new int[][] {positions}, new double[][] {scores});

        assertThat(reasons(layer(TEN, 0), 40, held))
                .containsExactly(
                        Reason.SINK,
                        Reason.SINK,
                        Reason.PINNED,
                        Reason.PINNED,
                        Reason.NEXT_TRIM, // of equal scores the older goes
                        Reason.SCORE,
                        Reason.NEXT_TRIM,
                        Reason.SCORE,
                        Reason.SCORE,
                        Reason.RECENT,
                        Reason.RECENT,
                        Reason.RECENT);
        assertThat(KeptBy.of(layer(TEN, 0), 40, held, 0, 12)).contains(new KeptBy(Reason.SCORE, 8, 1, 5));
        assertThat(KeptBy.of(layer(TEN, 0), 40, held, 0, 9)).contains(new KeptBy(Reason.NEXT_TRIM, 2, 4, 5));
        assertThat(KeptBy.of(layer(TEN, 0), 40, held, 0, 0)).contains(new KeptBy(Reason.SINK, 9, 0, 5));
        assertThat(KeptBy.of(layer(TEN, 0), 40, held, 0, 10)).as("evicted").isEmpty();
    }

    @Test
    void of_headThatHasEvictedNothing_keepsForThereIsRoom() {
        RetainedTokens held = firstTokens(9);

        assertThat(reasons(layer(TEN, 0), 9, held))
                .containsExactly(
                        Reason.SINK,
                        Reason.SINK,
                        Reason.ROOM,
                        Reason.ROOM,
                        Reason.ROOM,
                        Reason.PINNED,
                        Reason.PINNED, // and recent
                        Reason.RECENT,
                        Reason.RECENT);
    }

    @Test
    void of_tokenOutsideTheWindow_goesWhateverProtectsIt() {
        RetainedTokens held = firstTokens(12);

        assertThat(reasons(layer(TEN, 8), 12, held))
                .startsWith(Reason.NEXT_TRIM, Reason.NEXT_TRIM, Reason.NEXT_TRIM, Reason.NEXT_TRIM, Reason.ROOM);
    }

    @Test
    void of_headsWithLawsOfTheirOwn_areJudgedByTheirOwn() {
        List<BudgetSchedule.PowerLaw> laws =
                List.of(new BudgetSchedule.PowerLaw(64, 0.01, 64), new BudgetSchedule.PowerLaw(128, 0.01, 64));
        EvictionPolicy policy = new EvictionPolicy(
                HeadLaws.of(List.of(laws)), new KeyNormScorer(), new Protection(2, 3, 0.25, Protection.Span.EMPTY), 0);
        int[] few = IntStream.range(512, 640).toArray();
        int[] more = IntStream.range(448, 640).toArray();
        RetainedTokens held =
                new RetainedTokens(new int[][] {few, more}, new double[][] {new double[128], new double[192]});
        LayerPolicy layer = new LayerPolicy(policy, 0, 2, 0);

        assertThat(layer.keep(0, 640)).isEqualTo(128);
        assertThat(layer.keep(1, 640)).isEqualTo(192);
        assertThat(KeptBy.of(layer, 640, held, 0, 600)).contains(new KeptBy(Reason.SCORE, 0, 8, 96));
        assertThat(KeptBy.of(layer, 640, held, 1, 600))
                .as("of its 48 newest")
                .hasValueSatisfying(kept -> assertThat(kept.reason()).isEqualTo(Reason.RECENT));
        assertThat(KeptBy.of(layer, 640, held, 0, 500)).isEmpty();
        assertThat(KeptBy.of(layer, 640, held, 1, 500))
                .hasValueSatisfying(kept -> assertThat(kept.reason()).isEqualTo(Reason.SCORE));
    }

    @Test
    void of_whenATrimIsDue_namesExactlyTheTokensThatItEvicts() {
        HeadLaws laws = HeadLaws.of(
                List.of(List.of(new BudgetSchedule.PowerLaw(4, 0.5, 64), new BudgetSchedule.PowerLaw(2, 0.8, 64))));
        Protection pinning = new Protection(4, 8, 0.2, new Protection.Span(10, 20));
        assertThat(trimsThatAgree(new EvictionPolicy(laws, new KeyNormScorer(), pinning, 64), 0))
                .isGreaterThan(3);
        assertThat(trimsThatAgree(
                        new EvictionPolicy(BudgetSchedule.parse("fixed:80"), new KeyNormScorer(), pinning, 7), 0))
                .isGreaterThan(30);
        assertThat(trimsThatAgree(
                        new EvictionPolicy(BudgetSchedule.parse("fixed:80"), new KeyNormScorer(), pinning, 7), 60))
                .as("with a window")
                .isGreaterThan(30);
    }

    /** Reads random tokens, many with equal scores, and checks each trim; returns how many there were. */
    private static int trimsThatAgree(EvictionPolicy policy, int window) {
        Random random = new Random(SEED);
        KvShape shape = new KvShape(1, 2, 1, 2, KvStorage.FLOAT32, List.of(window));
        KvMemory memory = new KvMemory(1 << 20);
        int trims = 0;
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                KvCache cache = new KvCache(
                        manager,
                        shape,
                        policy,
                        memory.reserve(shape.peakBytes(policy, TOKENS)).orElseThrow(),
                        KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            for (int token = 0; token < TOKENS; token++) {
                try (NDScope step = new NDScope()) {
                    step.suppressNotUsedWarning();
                    float[] keys = {random.nextInt(9), 0, random.nextInt(9), 0};
                    layer.claim(1);
                    layer.write(manager.create(keys, new Shape(2, 1, 2)), manager.create(keys, new Shape(2, 1, 2)));
                    layer.settle();
                    if (layer.mustTrim()) {
                        RetainedTokens before = layer.retained();
                        layer.trim();
                        trims++;
                        for (int head = 0; head < 2; head++) {
                            assertThat(staying(shape.policy(policy, 0), layer.seen(), before, head))
                                    .as("head %s after %s tokens, seed %s", head, layer.seen(), SEED)
                                    .containsExactly(layer.retained().positions()[head]);
                        }
                    }
                }
            }
        }
        return trims;
    }

    private static int[] staying(LayerPolicy policy, int seen, RetainedTokens held, int head) {
        return Arrays.stream(held.positions()[head])
                .filter(position -> KeptBy.of(policy, seen, held, head, position)
                                .orElseThrow()
                                .reason()
                        != Reason.NEXT_TRIM)
                .toArray();
    }

    private static LayerPolicy layer(EvictionPolicy policy, int window) {
        return new LayerPolicy(policy, 0, 1, window);
    }

    private static RetainedTokens firstTokens(int count) {
        return new RetainedTokens(
                new int[][] {IntStream.range(0, count).toArray()}, new double[][] {new double[count]});
    }

    private static List<Reason> reasons(LayerPolicy policy, int seen, RetainedTokens held) {
        return Arrays.stream(held.positions()[0])
                .mapToObj(position ->
                        KeptBy.of(policy, seen, held, 0, position).orElseThrow().reason())
                .toList();
    }
}

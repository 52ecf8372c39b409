package dev.sublinear.kvcache.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class FullCacheTwinTest {
    private static final int GROUP = 3;
    private static final KvShape SHAPE = shape(KvStorage.FLOAT32);
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());

    private final KvMemory memory = new KvMemory(100_000_000);
    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    static List<Scorer> scorers() {
        return Scorers.all();
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void follow_anyScorer_errorIsLostMassTimesTheDistanceOfTheMeans(Scorer scorer) {
        EvictionPolicy policy = new EvictionPolicy(new Fixed(20), scorer, new Protection(2, 4, 0, Span.EMPTY), 5);
        List<FullCacheTwin.Loss> losses = run(SHAPE, policy, 120);
        assertThat(losses).hasSize(120 * 2 * GROUP);
        for (FullCacheTwin.Loss loss : losses) {
            assertThat(loss.error()).as("%s", loss).isCloseTo(loss.mass() * loss.distance(), within(2e-6));
            assertThat(loss.mass()).isBetween(0.0, 1.0);
            if (loss.position() < 26) {
                assertThat(loss.mass()).as("%s", loss).isZero();
                assertThat(loss.error()).as("%s", loss).isZero();
            }
        }
        assertThat(losses.stream().filter(loss -> loss.position() >= 100))
                .allSatisfy(loss -> assertThat(loss.mass()).isGreaterThan(0.1))
                .allSatisfy(loss -> assertThat(loss.error()).isPositive());
    }

    @ParameterizedTest
    @EnumSource
    void follow_nothingEvicted_losesNothing(KvStorage storage) {
        List<FullCacheTwin.Loss> losses = run(shape(storage), UNCUT, 70);
        assertThat(losses).allSatisfy(loss -> {
            assertThat(loss.mass()).isZero();
            assertThat(loss.error()).isZero();
            assertThat(loss.norm()).isPositive();
        });
    }

    @Test
    void new_twinThatEvictsOrDiffers_isRefused() {
        EvictionPolicy evicting = EvictionPolicy.of(new Fixed(100), new HeavyHitterScorer());
        KvShape other = new KvShape(1, 2, 16);
        try (KvCache pruned = open(SHAPE, evicting);
                KvCache second = open(SHAPE, evicting);
                KvCache wider = open(other, UNCUT)) {
            assertThatThrownBy(() -> new FullCacheTwin(pruned, second))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a twin's policy must evict nothing, was fixed:100");
            assertThatThrownBy(() -> new FullCacheTwin(pruned, wider))
                    .hasMessage("a twin must have the shape of its cache, " + SHAPE + ", was " + other);
        }
    }

    private List<FullCacheTwin.Loss> run(KvShape shape, EvictionPolicy policy, int tokens) {
        Random random = new Random(Seed.or(5));
        List<FullCacheTwin.Loss> losses = new ArrayList<>();
        int before = manager.getManagedArrays().size();
        try (KvCache pruned = open(shape, policy);
                KvCache full = open(shape, UNCUT)) {
            FullCacheTwin twin = new FullCacheTwin(pruned, full);
            LayerCache layer = pruned.layer(0);
            while (layer.seen() < tokens) {
                try (NDScope step = new NDScope()) {
                    step.suppressNotUsedWarning();
                    int piece = layer.nextChunk(Math.min(1 + random.nextInt(4), tokens - layer.seen()));
                    layer.claim(piece);
                    layer.write(vectors(random, piece), vectors(random, piece));
                    NDArray queries = vectors(random, piece * GROUP);
                    NDArray weights = queries.matMul(layer.view().keys().transpose(0, 2, 1))
                            .softmax(-1)
                            .reshape(2, piece, GROUP, layer.length(0))
                            .mean(new int[] {2});
                    layer.settle(new AttentionStep(weights).with(Signal.QUERIES, queries));
                    losses.addAll(twin.follow(0, queries));
                    layer.trim();
                }
            }
        }
        assertThat(manager.getManagedArrays()).hasSize(before);
        return losses;
    }

    private static KvShape shape(KvStorage storage) {
        return new KvShape(1, 2, GROUP, 8, storage, List.of(0));
    }

    private KvCache open(KvShape shape, EvictionPolicy policy) {
        long bytes = shape.peakBytes(policy, 200);
        return new KvCache(manager, shape, policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    private NDArray vectors(Random random, int tokens) {
        float[] numbers = new float[2 * tokens * 8];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return manager.create(numbers, new Shape(2, tokens, 8));
    }
}

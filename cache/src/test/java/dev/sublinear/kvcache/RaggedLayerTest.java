package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is different in a layer whose heads have budgets of their own. */
final class RaggedLayerTest extends RaggedTestCase {

    /** Writes down where trims fall, and what heads hold after them. */
    private static final class Trims implements KvCacheListener {
        final List<List<Integer>> events = new ArrayList<>();
        int lost;

        @Override
        public void onTrimmed(int layer, int evicted, HeadLengths held) {
            events.add(List.of(layer, evicted, held.seen(), held.length(0), held.length(1), held.length(2)));
            lost += evicted;
        }
    }

    static Stream<Scorer> scorers() {
        return Stream.of(new KeyDiffScorer(), new NewestQueries(8, false));
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void trim_tokensAtOnceOrOneByOneOrInPieces_fallsAtTheSamePositionsAndKeepsTheSame(Scorer scorer) {
        for (long seed : Seed.each(3)) {
            Random random = new Random(seed);
            Trims atOnce = new Trims();
            Trims oneByOne = new Trims();
            Trims inPieces = new Trims();
            try (KvCache first = open(SHAPE, policy(scorer), 700, atOnce);
                    KvCache second = open(SHAPE, policy(scorer), 700, oneByOne);
                    KvCache third = open(SHAPE, policy(scorer), 700, inPieces)) {
                for (int layer = 0; layer < 2; layer++) {
                    read(first.layer(layer), 700);
                    for (int token = 0; token < 700; token++) {
                        read(second.layer(layer), 1);
                    }
                    while (third.layer(layer).seen() < 700) {
                        read(
                                third.layer(layer),
                                Math.min(700 - third.layer(layer).seen(), 1 + random.nextInt(150)));
                    }
                    assertThat(LayerSnapshot.positions(second.layer(layer)))
                            .isDeepEqualTo(LayerSnapshot.positions(first.layer(layer)));
                    assertThat(LayerSnapshot.positions(third.layer(layer)))
                            .as("seed %s", seed)
                            .isDeepEqualTo(LayerSnapshot.positions(first.layer(layer)));
                }
            }
            assertThat(atOnce.events).hasSizeGreaterThan(10).allMatch(event -> event.get(2) % 64 == 0);
            assertThat(oneByOne.events).isEqualTo(atOnce.events);
            assertThat(inPieces.events).isEqualTo(atOnce.events);
        }
    }

    @Test
    void nextChunk_anywhere_endsAfterTheNextMultipleOfABlockAndNowhereElse() {
        try (KvCache cache = open(SHAPE, policy(new KeyDiffScorer()), 800, KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            assertThat(read(layer, 640)).hasSize(10).containsOnly(64);
            assertThat(IntStream.range(0, 3).map(layer::length)).doesNotHaveDuplicates();
            for (int seen = 640; seen < 770; seen++) {
                assertThat(layer.nextChunk(1_000)).isEqualTo(64 - seen % 64);
                read(layer, 1);
            }
        }
    }

    @Test
    void trim_headsOfDifferentBudgets_saysWhatAllLostTogetherAndWhatEachHolds() {
        Trims heard = new Trims();
        try (KvCache cache = open(SHAPE, policy(new KeyDiffScorer()), 700, heard)) {
            LayerCache layer = cache.layer(0);
            read(layer, 128);
            // Budgets of 8 · √128 = 91, 40 and 50 tokens, in whole blocks.
            assertThat(heard.events).containsExactly(List.of(0, 64 + 64, 128, 128, 64, 64));
            read(layer, 512);
            assertThat(IntStream.range(0, 3).map(layer::length)).containsExactly(256, 64, 192);
            assertThat(layer.longest()).isEqualTo(256);
            assertThat(IntStream.range(0, 3).map(layer::rows)).containsExactly(256, 64, 192);
            assertThat(heard.lost).isEqualTo(3 * 640 - (256 + 64 + 192));
        }
    }

    @Test
    void views_headsWithBudgetsOfTheirOwn_showOneHeadEach() {
        try (KvCache cache = open(SHAPE, policy(new KeyDiffScorer()), 700, KvCacheListener.NONE);
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            LayerCache layer = cache.layer(0);
            read(layer, 650);
            assertThat(layer.isByHead()).isTrue();
            assertThat(layer.views()).extracting(LayerView::firstHead).containsExactly(0, 1, 2);
            assertThat(layer.views()).extracting(LayerView::length).containsExactly(266, 74, 202);
            assertThat(layer.views().get(1).keys().getShape()).isEqualTo(new Shape(1, 74, 4));
            assertThatThrownBy(layer::view)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("heads with budgets of their own are no rectangle, see views()");
            int[][] retained = layer.retained().positions();
            int[][] positions = LayerSnapshot.positions(layer);
            Arrays.stream(positions).forEach(Arrays::sort);
            assertThat(retained).isDeepEqualTo(positions);
        }
    }

    @Test
    void settle_notOneStepForEachHead_isRefused() {
        try (KvCache cache = open(SHAPE, policy(new HeavyHitterScorer()), 700, KvCacheListener.NONE);
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            LayerCache layer = cache.layer(0);
            read(layer, 650);
            layer.claim(1);
            NDArray fits = manager.ones(new Shape(1, 1, 267));
            assertThatThrownBy(() -> layer.settle(new AttentionStep(fits)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("attention steps must be 3, one for each view of the layer, were 1");
            AttentionStep step = new AttentionStep(fits);
            assertThatThrownBy(() -> layer.settle(List.of(step, step, step)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("weights must have shape (1, 1, 75 or 128), was (1, 1, 267)");
        }
    }

    @Test
    void settle_queriesToKeepOfAnotherNumberOfQueryHeads_isRefused() {
        try (KvCache cache = open(SHAPE, policy(new NewestQueries(8, false)), 700, KvCacheListener.NONE);
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            LayerCache layer = cache.layer(0);
            layer.claim(3);
            assertThat(layer.wants(Signal.QUERIES)).isTrue();
            AttentionStep three = new AttentionStep(manager.ones(new Shape(1, 3, 3)))
                    .with(Signal.QUERIES, manager.ones(new Shape(1, 9, 4)));
            assertThatThrownBy(() -> layer.settle(List.of(three, three, three)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("queries that the layer keeps must have shape (1, 6, 4), was (1, 9, 4)");
        }
    }

    @Test
    void lengths_ofALayer_addUp() {
        HeadLengths lengths = HeadLengths.of(100, 64, 100, 10);
        assertThat(lengths.heads()).isEqualTo(3);
        assertThat(lengths.seen()).isEqualTo(100);
        assertThat(lengths.total()).isEqualTo(174);
        assertThat(lengths.longest()).isEqualTo(100);
        assertThat(lengths.rows()).isEqualTo(64 + 128 + 64);
        assertThat(IntStream.range(0, 3).map(lengths::length)).containsExactly(64, 100, 10);
    }
}

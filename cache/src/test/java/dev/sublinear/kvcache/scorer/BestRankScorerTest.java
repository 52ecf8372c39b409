package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BestRankScorerTest extends ScorerContract {
    private static final Scorer KEYS = new KeyDiffScorer();
    private static final Scorer RANDOM = new RandomScorer(7);

    BestRankScorerTest() {
        super(BestRankScorer.usual());
    }

    @Test
    void score_threeTurnsToOne_keepsThreeOfOneForOneOfTheOther() {
        Scorer turns = turns(3, 1);
        for (long seed : Seed.each(20)) {
            ArrayLayer layer = layer(seed);
            Integer[] kept = best(turns, layer);
            Integer[] byKeys = best(KEYS, layer);
            Integer[] byLot = best(RANDOM, layer);
            for (int round = 1; 4 * round <= layer.length(); round++) {
                Set<Integer> chosen = new HashSet<>(Arrays.asList(byKeys).subList(0, 3 * round));
                chosen.addAll(Arrays.asList(byLot).subList(0, round));
                assertThat(Arrays.copyOf(kept, chosen.size()))
                        .as("seed %s, round %s", seed, round)
                        .containsExactlyInAnyOrderElementsOf(chosen);
            }
        }
    }

    @Test
    void score_anyLayer_isTheBestOfItsRanks() {
        ArrayLayer layer = layer(9);
        double[] scores = turns(3, 2).score(layer).toDoubleArray();
        Integer[] byKeys = best(KEYS, layer);
        Integer[] byLot = best(RANDOM, layer);
        for (int place = 0; place < layer.length(); place++) {
            double keys = 1 - (place + 1.0) / layer.length() / 3;
            int slot = byKeys[place];
            double lot = 1 - (Arrays.asList(byLot).indexOf(slot) + 1.0) / layer.length() / 2;
            assertThat(scores[slot]).isCloseTo(Math.max(keys, lot), within(1e-9));
        }
    }

    private static Scorer turns(int ofKeys, int ofLot) {
        return new BestRankScorer(
                List.of(new BestRankScorer.Turns(ofKeys, KEYS), new BestRankScorer.Turns(ofLot, RANDOM)));
    }

    /** The slots of the first head, the one with the best score first. */
    private static Integer[] best(Scorer scorer, ArrayLayer layer) {
        double[] scores = scorer.score(layer).toType(DataType.FLOAT64, true).toDoubleArray();
        return IntStream.range(0, layer.length())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer slot) -> -scores[slot]))
                .toArray(Integer[]::new);
    }

    @Test
    void new_turnsOutsideTheirRange_areRefused() {
        assertThatThrownBy(() -> turns(0, 1)).hasMessage("turns must be in [1, 100], was 0");
        assertThatThrownBy(() -> turns(1, 101)).hasMessage("turns must be in [1, 100], was 101");
    }
}

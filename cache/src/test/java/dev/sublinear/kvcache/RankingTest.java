package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Heads that hold different numbers of tokens and keep different numbers of them. */
final class RankingTest {
    private static final int SEEN = 100;
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Fixed(8), new HeavyHitterScorer(), new Protection(1, 2, 0, Span.EMPTY), 3);

    @Test
    void moves_unevenHeads_leaveInEachWhatItWouldKeepAlone() {
        for (long seed : Seed.each(200)) {
            Random random = new Random(seed);
            int[] lengths = {5 + random.nextInt(20), 5 + random.nextInt(60), 5 + random.nextInt(5)};
            int[] keep = Arrays.stream(lengths)
                    .map(length -> 4 + random.nextInt(length - 3))
                    .toArray();
            int[] first = {0, lengths[0] + 7, lengths[0] + 7 + lengths[1]}; // of rows, with a gap between two heads
            double[][] scores = new double[3][];
            int[][] positions = new int[3][];
            int[] rows = new int[first[2] + lengths[2]]; // the position that each row holds
            for (int head = 0; head < 3; head++) {
                positions[head] =
                        random.ints(0, SEEN).distinct().limit(lengths[head]).toArray();
                scores[head] = random.doubles(lengths[head]).toArray();
                System.arraycopy(positions[head], 0, rows, first[head], lengths[head]);
            }

            Ranking ranking = new Ranking(new LayerPolicy(POLICY, 0, 3, 0), SEEN, scores, positions, new double[3][0]);
            ranking.moves(keep, head -> first[head]).forEach(move -> rows[(int) move.to()] = rows[(int) move.from()]);

            for (int head = 0; head < 3; head++) {
                List<Integer> alone = new ArrayList<>();
                for (int slot :
                        ReferenceLayer.slots(scores[head], positions[head], POLICY.protection(), SEEN, keep[head])) {
                    alone.add(positions[head][slot]);
                }
                assertThat(Arrays.stream(rows, first[head], first[head] + keep[head])
                                .boxed())
                        .as("head %s, seed %s", head, seed)
                        .containsExactlyElementsOf(alone);
            }
        }
    }

    @Test
    void loss_unevenHeads_isTheMeanOfTheirShares() {
        Protection nothing = new Protection(0, 0, 0, Span.EMPTY);
        EvictionPolicy policy = new EvictionPolicy(POLICY.budget(), POLICY.scorer(), nothing, 3);
        double[][] attention = {{1, 2, 3, 4}, {5, 5}, {8, 1, 1}};
        double[][] scores = Arrays.stream(attention).map(double[]::clone).toArray(double[][]::new);
        int[][] positions = {{0, 1, 2, 3}, {7, 9}, {4, 5, 6}};
        Ranking ranking = new Ranking(new LayerPolicy(policy, 0, 3, 0), 10, scores, positions, attention);
        assertThat(ranking.loss(new int[] {3, 2, 1})).isCloseTo((0.1 + 0 + 0.2) / 3, within(1e-12));
        assertThat(ranking.loss(new int[] {1, 1, 3})).isCloseTo((0.6 + 0.5 + 0) / 3, within(1e-12));
    }
}

package dev.sublinear.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.model.text.ByteTokenizer;
import dev.sublinear.testing.Seed;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of pruning, on the reference itself. */
final class ReferenceSequenceTest {
    private static final long SEED = Seed.or(7);
    private static final int TOKENS = 160;
    private static final int SINKS = 4;
    private static final List<ReferenceScore> SCORES =
            List.of(ReferenceScore.heavyHitter(), ReferenceScore.heavyHitterPerLifetime(), ReferenceScore.recency());

    private ReferenceLlama model;
    private int[] ids;

    @BeforeEach
    void makeModel(@TempDir Path directory) {
        System.out.println("seed " + SEED);
        model = ReferenceLlama.read(RandomCheckpoint.seeded(SEED).write(directory));
        ids = new Random(SEED).ints(TOKENS, 0, ByteTokenizer.VOCABULARY).toArray();
    }

    @Test
    void appendAll_budgetNotReached_equalsUncutExactly() {
        double[][] uncut = model.logits(ids);
        for (ReferenceScore score : SCORES) {
            var policy = new ReferencePolicy(
                    seen -> Math.min(seen, TOKENS), 0, SINKS, ReferenceSequenceTest::quarter, score);
            assertThat(model.start(policy).appendAll(ids)).isDeepEqualTo(uncut);
        }
    }

    @Test
    void append_budgetExceeded_changesLogitsOnlyAfterTheFirstEviction() {
        double[][] uncut = model.logits(ids);
        double[][] pruned = model.start(policy(0, ReferenceScore.heavyHitter())).appendAll(ids);

        int exact = IntStream.range(0, TOKENS)
                .filter(seen -> keep(seen + 1) < seen + 1)
                .findFirst()
                .orElseThrow();
        assertThat(Arrays.copyOf(pruned, exact + 1)).isDeepEqualTo(Arrays.copyOf(uncut, exact + 1));
        assertThat(pruned[TOKENS - 1]).isNotEqualTo(uncut[TOKENS - 1]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64})
    void append_anyScore_staysWithinKeepPlusSlackAndKeepsSinksAndRecent(int slack) {
        for (ReferenceScore score : SCORES) {
            ReferenceSequence sequence = model.start(policy(slack, score));
            for (int id : ids) {
                sequence.append(id);
                int seen = sequence.seen();
                for (List<Integer> positions : allPositions(sequence)) {
                    assertThat(positions)
                            .hasSizeBetween(keep(seen), Math.min(seen, keep(seen) + slack))
                            .isSorted()
                            .doesNotHaveDuplicates()
                            .containsAll(range(0, Math.min(seen, SINKS)))
                            .containsAll(range(seen - quarter(keep(seen)), seen));
                }
            }
        }
    }

    @Test
    void append_heavyHitter_headsKeepTheirOwnTokens() {
        ReferenceSequence sequence = model.start(policy(0, ReferenceScore.heavyHitter()));
        sequence.appendAll(ids);
        Set<List<Integer>> distinct = new HashSet<>(allPositions(sequence));
        assertThat(distinct).hasSize(model.sizes().layers() * model.sizes().kvHeads());
        assertThat(sequence.narrowestChoice()).isPositive().isFinite();
    }

    @Test
    void append_recency_keepsSinksAndNewest() {
        ReferenceSequence sequence = model.start(new ReferencePolicy(
                seen -> Math.min(seen, 7), 0, 2, ReferenceSequenceTest::quarter, ReferenceScore.recency()));
        sequence.appendAll(Arrays.copyOf(ids, 20));
        assertThat(allPositions(sequence)).containsOnly(List.of(0, 1, 15, 16, 17, 18, 19));
    }

    @Test
    void append_slack_trimsOnlyWhenItIsUsedUp() {
        ReferenceSequence sequence = model.start(new ReferencePolicy(
                seen -> Math.min(seen, 7), 3, 2, ReferenceSequenceTest::quarter, ReferenceScore.recency()));
        sequence.appendAll(Arrays.copyOf(ids, 10));
        assertThat(sequence.positions(0, 0)).isEqualTo(range(0, 10));
        sequence.append(ids[10]);
        assertThat(sequence.positions(0, 0)).containsExactly(0, 1, 6, 7, 8, 9, 10);
    }

    @Test
    void append_equalScores_evictsTheOlder() {
        ReferenceSequence sequence =
                model.start(new ReferencePolicy(seen -> Math.min(seen, 5), 2, 1, kept -> 1, (token, seen) -> 1));
        sequence.appendAll(Arrays.copyOf(ids, 8));
        assertThat(sequence.positions(1, 1)).containsExactly(0, 4, 5, 6, 7);
        assertThat(sequence.narrowestChoice()).isZero();
    }

    @Test
    void append_nothingEvicted_importanceSumsToOnePerQuery() {
        ReferenceSequence sequence = model.start(ReferencePolicy.unlimited());
        sequence.appendAll(ids);
        double sum = sequence.tokens(1, 0).stream()
                .mapToDouble(ReferenceToken::importance)
                .sum();
        assertThat(sum).isCloseTo(TOKENS, within(1e-9));
    }

    @Test
    void append_keepSmallerThanProtected_saysTheNumbers() {
        ReferenceSequence sequence = model.start(
                new ReferencePolicy(seen -> Math.min(seen, 5), 0, 4, kept -> 3, ReferenceScore.heavyHitter()));
        assertThatThrownBy(() -> sequence.appendAll(ids))
                .hasMessage("keep must leave room for sinks and recent: after 6 tokens keep is 5, sinks 4, recent 3");
    }

    private static ReferencePolicy policy(int slack, ReferenceScore score) {
        return new ReferencePolicy(ReferenceSequenceTest::keep, slack, SINKS, ReferenceSequenceTest::quarter, score);
    }

    private static int keep(int seen) {
        return Math.min(seen, Math.max(12, (int) Math.ceil(2 * Math.sqrt(seen))));
    }

    private static int quarter(int kept) {
        return kept / 4;
    }

    private List<List<Integer>> allPositions(ReferenceSequence sequence) {
        return IntStream.range(0, model.sizes().layers())
                .boxed()
                .flatMap(layer ->
                        IntStream.range(0, model.sizes().kvHeads()).mapToObj(head -> sequence.positions(layer, head)))
                .toList();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}

package dev.sublinear.load.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.load.workload.Ask.Message;
import dev.sublinear.load.workload.LogNormalLengths.Length;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class WorkloadsTest {
    private static final long SEED = Long.getLong("seed", 3);

    private static Golden alone(Ask ask) {
        return new Golden("answer to " + ask.messages().size(), 1, 3, "length");
    }

    static List<Workload> all() {
        Workload logNormal = new LogNormalLengths(Prose.OF_BYTES, new Length(50, 0.8, 400), new Length(20, 0.5, 80));
        Workload shared = new SharedPrefix(Prose.OF_WORDS, 100, 10, 5);
        Workload sweep = new LongContextSweep(Prose.OF_BYTES, 16, 128, 5);
        Workload turns = new MultiTurn(Prose.OF_WORDS, 3, 10, 5);
        return List.of(logNormal, shared, sweep, turns, new Mixed(List.of(logNormal, turns)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void draw_sameSeed_isTheSameAndAnotherIsNot(Workload workload) {
        List<Ask> drawn = workload.draw(31, SEED, WorkloadsTest::alone);

        assertThat(drawn).hasSize(31).doesNotHaveDuplicates();
        assertThat(workload.draw(31, SEED, WorkloadsTest::alone)).isEqualTo(drawn);
        assertThat(workload.draw(31, SEED + 1, WorkloadsTest::alone)).isNotEqualTo(drawn);
    }

    private static List<Integer> promptLengths(List<Ask> asks) {
        return asks.stream()
                .map(ask -> ask.messages().get(0).content().length())
                .toList();
    }

    @Test
    void logNormal_lengths_haveTheirMedianAndTheirMost() {
        List<Ask> asks = new LogNormalLengths(Prose.OF_BYTES, new Length(50, 0.8, 400), new Length(20, 0.5, 80))
                .draw(4_000, SEED, WorkloadsTest::alone);

        List<Integer> sorted = promptLengths(asks).stream().sorted().toList();
        assertThat((double) sorted.get(2_000)).isCloseTo(50, within(4.0));
        // At 0.8, the share beyond two medians is that of a normal beyond ln 2 / 0.8.
        long beyond = sorted.stream().filter(length -> length > 100).count();
        assertThat(beyond / 4_000.0).isCloseTo(0.193, within(0.02));
        assertThat(sorted.get(3_999)).isLessThanOrEqualTo(400);
        assertThat(asks).allMatch(ask -> ask.maxTokens() >= 1 && ask.maxTokens() <= 80);
    }

    @Test
    void sharedPrefix_prompts_beginTheSameAndEndOtherwise() {
        List<Ask> asks = new SharedPrefix(Prose.OF_BYTES, 100, 10, 5).draw(20, SEED, WorkloadsTest::alone);

        assertThat(promptLengths(asks)).containsOnly(110);
        assertThat(asks.stream().map(ask -> ask.messages().get(0).content().substring(0, 100)))
                .containsOnly(asks.get(0).messages().get(0).content().substring(0, 100));
    }

    @Test
    void longContextSweep_lengths_doubleUpToTheLongest() {
        assertThat(promptLengths(new LongContextSweep(Prose.OF_BYTES, 16, 100, 5).draw(7, SEED, WorkloadsTest::alone)))
                .containsExactly(16, 32, 64, 16, 32, 64, 16);
        assertThatThrownBy(() -> new LongContextSweep(Prose.OF_BYTES, 16, 8, 5))
                .hasMessageContaining("1 <= shortest <= longest");
    }

    @Test
    void multiTurn_requests_growByTheirGoldenAnswers() {
        List<Ask> asks = new MultiTurn(Prose.OF_WORDS, 3, 10, 5).draw(6, SEED, WorkloadsTest::alone);

        assertThat(asks.stream().map(ask -> ask.messages().size())).containsExactly(1, 1, 3, 3, 5, 5);
        for (int conversation = 0; conversation < 2; conversation++) {
            List<Message> longest = asks.get(4 + conversation).messages();
            List<Message> expected = new ArrayList<>(longest.subList(0, 1));
            assertThat(asks.get(conversation).messages()).isEqualTo(expected);
            assertThat(longest.get(1)).isEqualTo(new Message("assistant", "answer to 1"));
            assertThat(longest.get(3)).isEqualTo(new Message("assistant", "answer to 3"));
            assertThat(asks.get(2 + conversation).messages()).isEqualTo(longest.subList(0, 3));
        }
    }

    @Test
    void mixed_parts_takeTurns() {
        List<Workload> parts =
                List.of(new SharedPrefix(Prose.OF_BYTES, 10, 2, 7), new MultiTurn(Prose.OF_BYTES, 1, 10, 9));

        List<Ask> asks = new Mixed(parts).draw(5, SEED, WorkloadsTest::alone);

        assertThat(asks.stream().map(Ask::maxTokens)).containsExactly(7, 9, 7, 9, 7);
    }

    @Test
    void prose_text_isAsLongAsItsTokens() {
        IntStream.of(1, 7, 1_000).forEach(tokens -> {
            assertThat(Prose.OF_BYTES.text(new java.util.Random(SEED), tokens)).hasSize(tokens);
            assertThat(Prose.OF_WORDS.text(new java.util.Random(SEED), tokens)).hasSize((int) (3.5 * tokens));
        });
    }
}

package dev.sublinear.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.load.client.Outcome;
import dev.sublinear.load.client.Outcome.Kind;
import dev.sublinear.load.client.Outcome.Slo;
import java.time.Duration;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class TallyTest {
    private static final long MILLI = 1_000_000;
    private static final Slo SLO = new Slo(Duration.ofMillis(100), Duration.ofMillis(10));
    private static final Offset<Double> ROUNDED = within(0.1); // three digits

    private final Tally tally = new Tally(SLO);

    private static Outcome completed(long due, long ttft, long endToEnd, int tokens) {
        return new Outcome(Kind.COMPLETED, due, due + ttft * MILLI, due + endToEnd * MILLI, tokens, "");
    }

    @Test
    void outcome_times_areByTheirFormulas() {
        Outcome outcome = completed(7, 50, 140, 10);

        assertThat(outcome.ttft()).isEqualTo(50 * MILLI);
        assertThat(outcome.endToEnd()).isEqualTo(140 * MILLI);
        assertThat(outcome.tpot()).isEqualTo(10 * MILLI); // (140 − 50) / 9
        assertThat(completed(7, 50, 50, 1).tpot()).isZero();
    }

    @Test
    void meets_eachLimitOfTheSlo_counts() {
        assertThat(completed(0, 100, 190, 10).meets(SLO)).isTrue();
        assertThat(completed(0, 101, 190, 10).meets(SLO)).isFalse();
        assertThat(completed(0, 100, 200, 10).meets(SLO)).isFalse();
        assertThat(new Outcome(Kind.DIFFERS, 0, 1, 2, 3, "").meets(SLO)).isFalse();
    }

    @Test
    void counts_window_leavesOutWhatIsBeforeAndAfter() {
        tally.window(1_000 * MILLI, 3_000 * MILLI);
        tally.ended(completed(500 * MILLI, 10, 20, 2)); // before
        tally.ended(completed(900 * MILLI, 10, 200, 2)); // ends within
        tally.ended(completed(2_000 * MILLI, 10, 20, 2)); // all within
        tally.ended(completed(2_900 * MILLI, 10, 500, 60)); // due within, ends after
        tally.ended(completed(3_000 * MILLI, 10, 20, 2)); // after
        tally.token(true, 5, 1_500 * MILLI);
        tally.token(false, 7 * MILLI, 1_600 * MILLI);
        tally.token(false, 9 * MILLI, 3_100 * MILLI);

        Tally.Counts counts = tally.counts(2);

        assertThat(counts.completed()).isEqualTo(2);
        assertThat(counts.completedPerSecond()).isEqualTo(1);
        assertThat(counts.goodPerSecond()).isEqualTo(0.5); // the one that ends within took 190 ms for a token
        assertThat(counts.tokensPerSecond()).isEqualTo(1);
        assertThat(counts.interToken().count()).isEqualTo(1);
        assertThat(counts.interToken().max()).isCloseTo(7, ROUNDED);
        assertThat(counts.endToEnd().p50()).isCloseTo(20, ROUNDED);
        assertThat(counts.endToEnd().max()).isCloseTo(500, within(1.0));
    }

    @Test
    void counts_errorsAtAnyTime_countAndAreQuoted() {
        tally.window(1_000 * MILLI, 3_000 * MILLI);
        tally.ended(new Outcome(Kind.FAILED, 0, 0, 5, 0, "early"));
        tally.ended(new Outcome(Kind.DIFFERS, 9_000 * MILLI, 0, 5, 0, "late"));
        tally.ended(new Outcome(Kind.REFUSED, 2_000 * MILLI, 0, 2_004 * MILLI, 0, ""));

        Tally.Counts counts = tally.counts(2);

        assertThat(counts.isClean()).isFalse();
        assertThat(counts.problems()).containsExactly("failed: early", "differs: late");
        assertThat(counts.refused()).isEqualTo(1);
        assertThat(counts.refusal().p99()).isCloseTo(4, ROUNDED);
    }
}

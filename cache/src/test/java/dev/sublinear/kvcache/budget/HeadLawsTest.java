package dev.sublinear.kvcache.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HeadLawsTest {

    @Test
    void forHead_anyScale_isTheHeadsLawWithItsAlphaScaled() {
        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 3; head++) {
                PowerLaw law = Laws.some(1).layers().get(layer).get(head).law();
                assertThat(Laws.some(1).forHead(layer, head)).isEqualTo(law);
                assertThat(Laws.some(0.5).forHead(layer, head))
                        .isEqualTo(new PowerLaw(law.alpha() / 2, law.exponent(), law.floor()));
            }
        }
        assertThat(Laws.some(1).heads()).isEqualTo(3);
        assertThat(Laws.some(1).at(0.5)).isEqualTo(Laws.some(0.5));
    }

    /** Below scale 1 there are fewer whole heads; above, those that are whole stay so. */
    @Test
    void forHead_aHeadThatIsWholeFromAScaleOn_keepsEverythingThereAndItsLawBelow() {
        PowerLaw law = new PowerLaw(10, 0.5, 40);
        HeadLaws laws =
                new HeadLaws(List.of(List.of(new HeadLaw(law, 0.2), new HeadLaw(law, 0.7), new HeadLaw(law))), 1);

        assertThat(laws.wholeHeads()).isEqualTo(2);
        assertThat(laws.at(3).wholeHeads()).isEqualTo(2);
        assertThat(laws.at(3).forHead(0, 1).budget(2_000)).isEqualTo(2_000);
        assertThat(laws.at(3).forHead(0, 2)).isEqualTo(law.scaled(3));
        assertThat(laws.at(0.7).wholeHeads()).isEqualTo(2);
        assertThat(laws.at(0.5).wholeHeads()).isEqualTo(1);
        assertThat(laws.at(0.5).forHead(0, 0).evicts()).isFalse();
        assertThat(laws.at(0.5).forHead(0, 1)).isEqualTo(law.scaled(0.5));
        assertThat(laws.at(0.1).wholeHeads()).isZero();
        assertThatThrownBy(() -> new HeadLaw(law, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the scale from which on a head is whole must be positive, was 0.0");
    }

    @Test
    void held_anyLaws_isWhatTheLayersHoldJustAfterATrim() {
        KvShape shape = new KvShape(2, 3, 4);
        for (long seed : Seed.each(50)) {
            HeadLaws laws = Laws.random(new Random(seed), 2, 3, 40);
            EvictionPolicy policy =
                    new EvictionPolicy(laws, new RecencyScorer(), new Protection(2, 3, 0, Protection.Span.EMPTY), 64);
            for (int seen = 64; seen <= 2_048; seen += 64) {
                assertThat(laws.held(seen, 64)).as("seed %s", seed).isEqualTo(shape.keptTokens(policy, seen));
                assertThat(laws.held(seen, 64)).isBetween((double) laws.budget(seen), laws.budget(seen) + 64.0);
            }
        }
    }

    @Test
    void budget_anyLaws_isTheMeanOfTheHeadsAndObeysTheRulesOfASchedule() {
        for (long seed : Seed.each(50)) {
            HeadLaws laws = Laws.random(new Random(seed), 2, 3, 1);
            int previous = 1;
            for (int seen = 1; seen <= 2_000; seen++) {
                long sum = 0;
                for (int layer = 0; layer < 2; layer++) {
                    for (int head = 0; head < 3; head++) {
                        sum += laws.forHead(layer, head).budget(seen);
                    }
                }
                assertThat(laws.budget(seen)).as("seed %s", seed).isEqualTo((int) (sum / 6));
                assertThat(laws.budget(seen)).isBetween(1, seen).isBetween(previous, previous + 1);
                previous = laws.budget(seen);
            }
        }
    }

    @Test
    void least_anyLaws_isTheTightestOfAnyHead() {
        assertThat(Laws.some(1).least()).isEqualTo(40);
        PowerLaw all = new PowerLaw(1, 1, 1);
        assertThat(HeadLaws.of(List.of(List.of(all, new PowerLaw(1, 0.5, 7)))).least())
                .isEqualTo(7);
        HeadLaws never = HeadLaws.of(List.of(List.of(all, all)));
        assertThat(never.least()).isEqualTo(Integer.MAX_VALUE);
        assertThat(EvictionPolicy.of(never, new RecencyScorer()).evicts()).isFalse();
    }

    @Test
    void constructor_protectionThatTheTightestHeadHasNoRoomFor_isRefused() {
        Protection protection = new Protection(4, 32, 0.25, new Protection.Span(4, 8));
        assertThatThrownBy(() -> new EvictionPolicy(Laws.some(1), new RecencyScorer(), protection, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "sinks 4 + recent 32 + pinned 4 must be below 40, the smallest budget of head-laws:scale=1");
    }

    @Test
    void constructor_noLawsOrUnevenLayersOrABadScale_isRefused() {
        PowerLaw law = PowerLaw.DEFAULT;
        assertThatThrownBy(() -> HeadLaws.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("head laws must be given for a layer at least");
        assertThatThrownBy(() -> HeadLaws.of(List.of(List.of(law, law), List.of(law))))
                .hasMessage("head laws must be as many in each layer, were [2, 1]");
        assertThatThrownBy(() -> HeadLaws.of(List.of(List.of())))
                .hasMessage("head laws must be as many in each layer, were [0]");
        for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Laws.some(scale))
                    .hasMessage("budget.scale must be positive and finite, was " + scale);
        }
    }

    @Test
    void policy_ofAnotherModelsLaws_isRefusedNamingBothShapes() {
        EvictionPolicy policy = EvictionPolicy.of(Laws.some(1), new RecencyScorer());
        for (KvShape other : List.of(new KvShape(3, 3, 4), new KvShape(2, 2, 4))) {
            assertThatThrownBy(() -> other.policy(policy, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "head laws must be of %s layers with %s key-value heads each, as the model is, were of 2 with 3"
                                    .formatted(other.layers(), other.kvHeads()));
            assertThatThrownBy(() -> other.peakBytes(policy, 100)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "head-laws, head-laws:scale=1",
        "head-laws:scale=0.5, head-laws:scale=0.5",
        "head-laws:.25, head-laws:scale=0.25"
    })
    void parse_withTheLawsOfAProfile_scalesThemAndWritesSo(String text, String written) {
        BudgetSchedule parsed = BudgetSchedule.parse(text, Optional.of(Laws.some(3)));
        assertThat(parsed).hasToString(written);
        assertThat(BudgetSchedule.parse(written, Optional.of(Laws.some(1)))).isEqualTo(parsed);
        assertThat(((HeadLaws) parsed).layers()).isEqualTo(Laws.some(1).layers());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            head-laws:scale=0         | budget.scale must be positive and finite, was 0.0
            head-laws:scale=much      | budget.scale must be a number, was "much"
            head-laws:floor=3         | budget head-laws does not take floor, was "head-laws:floor=3"
            head-laws:1,scale=2       | budget.scale must be given once, was "head-laws:1,scale=2"
            """)
    void parse_badParameter_namesKeyRuleAndValue(String text, String message) {
        assertThatThrownBy(() -> BudgetSchedule.parse(text, Optional.of(Laws.some(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void parse_withoutAProfile_saysWhereLawsComeFrom() {
        assertThatThrownBy(() -> BudgetSchedule.parse("head-laws:scale=0.5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("budget head-laws needs a profile of the model: make one with calibrate");
        assertThat(BudgetSchedule.parse("fixed:7", Optional.of(Laws.some(1)))).isEqualTo(new BudgetSchedule.Fixed(7));
    }
}

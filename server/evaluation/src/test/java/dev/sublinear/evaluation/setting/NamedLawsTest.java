package dev.sublinear.evaluation.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class NamedLawsTest {
    private static final LengthGrid GRID = new LengthGrid(4096);
    private static final LengthMix MIX = LengthMix.of(GRID);

    /** Three layers of two heads that need very different numbers of tokens. */
    private static final HeadLaws LAWS = HeadLaws.of(List.of(
                    List.of(new PowerLaw(2, 0.2, 64), new PowerLaw(1, 0.9, 64)),
                    List.of(new PowerLaw(8, 0.5, 64), new PowerLaw(30, 0.1, 64)),
                    List.of(new PowerLaw(0.5, 0.99, 64), new PowerLaw(4, 0.4, 64))))
            .at(2);

    private static EvictionPolicy policy() {
        return EvictionPolicy.of(LAWS, new KeyDiffScorer());
    }

    @Test
    void setting_ofLaws_hasThePolicyThatItWasMadeFrom() {
        Setting setting = Setting.of("f32", LAWS, "key-diff", policy());

        assertThat(setting.policy()).isEqualTo(policy());
        assertThat(setting.title()).isEqualTo("head-laws:scale=2");
        assertThat(BudgetFamily.of(setting)).isEqualTo("head-laws");
        assertThat(BudgetFamily.grows(setting)).isTrue();
        assertThat(NamedLaws.parse(setting.laws()).text()).isEqualTo(setting.laws());
    }

    @Test
    void text_ofWholeHeads_isReadAsTheSameLaws() {
        HeadLaws laws = new HeadLaws(
                List.of(List.of(new HeadLaw(new PowerLaw(2, 0.2, 64), 0.25), new HeadLaw(new PowerLaw(1, 0.9, 64)))),
                1);

        assertThat(NamedLaws.parse(new NamedLaws("some", laws).text()).laws()).isEqualTo(laws);
        assertThatThrownBy(() -> NamedLaws.parse("some|1,0.5"))
                .hasMessage("a law must have alpha, exponent and floor, and may have a scale, was \"1,0.5\"");
    }

    @Test
    void shares_haveTheTokensOfTheLawsAtOneLengthAndGrowAlike() {
        HeadLaws shares = NamedLaws.shares(LAWS, 0.5, 4096).laws();

        assertThat(shares.forHead(0, 1).budget(4096))
                .isEqualTo(LAWS.forHead(0, 1).budget(4096));
        assertThat(shares.forHead(2, 1).budget(4096))
                .isEqualTo(LAWS.forHead(2, 1).budget(4096));
        assertThat(shares.layers())
                .allSatisfy(layer -> assertThat(layer)
                        .allSatisfy(law -> assertThat(law.law().exponent()).isEqualTo(0.5)));
    }

    @Test
    void twoClasses_keepAllInTheHeadsThatNeedMostAtTheFootprintOfTheLaws() {
        double footprint = MIX.footprint(LAWS);

        HeadLaws classes = NamedLaws.twoClasses(LAWS, MIX, footprint, 200).laws();

        assertThat(MIX.footprint(classes) / footprint).isBetween(0.97, 1.0);
        assertThat(classes.forHead(2, 0).budget(4096)).isEqualTo(4096);
        assertThat(classes.forHead(0, 0).budget(1024))
                .isEqualTo(classes.forHead(0, 0).budget(4096))
                .isLessThan(4096);
    }

    @Test
    void all_ofAPolicyByHead_compareSplitsOfTheSameFootprint() {
        List<Setting> all = new StandardSettings(GRID, policy(), PowerLaw.DEFAULT).all();
        double footprint = MIX.footprint(LAWS);

        assertThat(all.get(0).policy()).isEqualTo(policy());
        assertThat(all).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(15);
        assertThat(all)
                .extracting(BudgetFamily::of)
                .contains("head-laws", "shares n^0.5", "two classes", "n^0.5", "fixed");
        assertThat(Stream.of("shares n^0.5", "two classes", "n^0.5")
                        .map(family -> all.stream()
                                .filter(setting -> BudgetFamily.of(setting).equals(family))
                                .findFirst()
                                .orElseThrow()))
                .allSatisfy(setting -> assertThat(MIX.footprint(setting.policy().budget()) / footprint)
                        .isBetween(0.96, 1.001));
        assertThat(all.stream()
                        .filter(BudgetFamily::isFixed)
                        .map(setting -> setting.policy().budget())
                        .toList())
                .contains(MIX.fixed(footprint))
                .contains(new Fixed(64));
    }

    @Test
    void of_scorerByAnotherName_isTheSameSetting() {
        assertThat(Setting.of("f32", LAWS, "snap-or-key-diff", policy()))
                .isEqualTo(Setting.of("f32", LAWS, "3xsnap:16-or-key-diff", policy()))
                .isNotEqualTo(Setting.of("f32", LAWS, "2xsnap-or-key-diff", policy()));
    }

    @Test
    void parse_whatIsNoLaws_isRefused() {
        assertThatThrownBy(() -> NamedLaws.parse("1,2,3")).hasMessageStartingWith("laws must have a name");
        assertThatThrownBy(() -> NamedLaws.parse("a|1,2")).hasMessageStartingWith("a law must have alpha");
    }
}

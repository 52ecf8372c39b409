package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sublinear.kvcache.Scorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ScorersTest {

    @Test
    void all_scorersOfThisPackage_areRegistered() {
        assertThat(Scorers.all().stream().map(scorer -> scorer.getClass().getName()))
                .as("a new scorer needs a line in Scorers")
                .containsExactlyInAnyOrderElementsOf(
                        scorerClasses().stream().map(JavaClass::getName).toList());
    }

    @Test
    void all_scorersOfThisPackage_haveAContractTest() {
        for (JavaClass scorer : scorerClasses()) {
            assertThat(scorer.getName() + "Test")
                    .as("%s needs a test that extends ScorerContract", scorer.getSimpleName())
                    .satisfies(name -> assertThat(Class.forName(name)).isAssignableTo(ScorerContract.class));
        }
    }

    @Test
    void all_scorers_haveALineInThePackageDocumentation() throws IOException {
        String documentation =
                Files.readString(Path.of("src/main/java/dev/sublinear/kvcache/scorer/package-info.java"));
        for (Scorer scorer : Scorers.all()) {
            String signals = scorer.needs().stream()
                    .map(signal -> signal.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .collect(Collectors.joining(", "));
            assertThat(documentation)
                    .contains("<tr><td>" + scorer.name() + "<td>{@link "
                            + scorer.getClass().getName() + "}<td>" + (signals.isEmpty() ? "none" : signals) + "<td>"
                            + 8 * scorer.stateOfToken() + "\n");
        }
        assertThat(documentation.split("<tr><td>", -1)).hasSize(Scorers.all().size() + 1);
    }

    @Test
    void all_names_areUnique() {
        assertThat(Scorers.all()).extracting(Scorer::name).doesNotHaveDuplicates();
    }

    @Test
    void named_textOfAScorer_isThatScorer() {
        for (Scorer scorer : Scorers.all()) {
            assertThat(Scorers.named(scorer.text())).isEqualTo(scorer);
        }
        for (String text : List.of(
                "decay:0.9",
                "last-queries:7",
                "r-kv:0.5",
                "random:3",
                "snap:32",
                "snap:32+key-diff",
                "random:3+value-aware-decay:0.9",
                "2xrandom:3-or-snap:16+key-diff",
                "value-aware-decay:0.9")) {
            assertThat(Scorers.named(text).text()).isEqualTo(text);
        }
    }

    @Test
    void named_unknown_listsTheKnownOnes() {
        assertThatThrownBy(() -> Scorers.named("h2o"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scorer must be one of heavy-hitter, heavy-hitter-sum, decay, ")
                .hasMessageEndingWith(", was \"h2o\"");
    }

    @Test
    void named_withANumber_isTheScorerWithIt() {
        assertThat(Scorers.named("decay:0.9")).isEqualTo(new DecayScorer(0.9));
        assertThat(Scorers.named("random:7")).isEqualTo(new RandomScorer(7));
        assertThat(Scorers.named("value-aware-last-queries:3"))
                .isEqualTo(new ValueAwareScorer(new LastQueriesScorer(3)));
    }

    @Test
    void named_withPluses_isTheSumOfRanks() {
        assertThat(Scorers.named("snap:32+key-diff+random"))
                .isEqualTo(new SumOfRanksScorer(
                        List.of(new SnapScorer(32), new KeyDiffScorer(), new RandomScorer(RandomScorer.DEFAULT_SEED))));
        assertThatThrownBy(() -> Scorers.named("snap+")).hasMessageEndingWith(", was \"\"");
        assertThatThrownBy(() -> Scorers.named("decay+heavy-hitter"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("only one scorer of several may remember anything of tokens, these do: decay:0.98,"
                        + " heavy-hitter");
    }

    @Test
    void named_withOr_isTheBestRank() {
        Scorer usual = Scorers.named("3xsnap-or-key-diff");
        assertThat(usual.text()).isEqualTo("3xsnap:16-or-key-diff");
        assertThat(Scorers.named("snap-or-key-diff")).isEqualTo(usual);
        assertThat(Scorers.named("snap-or-random:3").text()).isEqualTo("snap:16-or-random:3");
        assertThatThrownBy(() -> Scorers.named("0xsnap-or-key-diff")).hasMessage("turns must be in [1, 100], was 0");
        assertThatThrownBy(() -> Scorers.named("3x-or-key-diff")).hasMessageEndingWith(", was \"3x\"");
    }

    @Test
    void named_withANumberThatItDoesNotTake_saysSo() {
        assertThatThrownBy(() -> Scorers.named("recency:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(
                        ", and only decay, expected-attention, last-queries, r-kv, random, snap take a number, was \"recency:1\"");
        assertThatThrownBy(() -> Scorers.named("decay:x")).hasMessage("scorer decay must be given a number, was \"x\"");
        assertThatThrownBy(() -> Scorers.named("decay:2")).hasMessage("decay must be in (0, 1), was 2.0");
    }

    private static List<JavaClass> scorerClasses() {
        List<JavaClass> scorers = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackagesOf(Scorers.class).stream()
                        .filter(type -> type.isAssignableTo(Scorer.class))
                        .filter(type ->
                                !type.isInterface() && !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .toList();
        assertThat(scorers).isNotEmpty();
        return scorers;
    }
}

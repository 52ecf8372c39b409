package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sublinear.kvcache.Scorer;
import java.util.List;
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
    void all_names_areUnique() {
        assertThat(Scorers.all()).extracting(Scorer::name).doesNotHaveDuplicates();
    }

    @Test
    void named_unknown_listsTheKnownOnes() {
        assertThatThrownBy(() -> Scorers.named("h2o"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scorer must be one of heavy-hitter, heavy-hitter-sum, decay, ")
                .hasMessageEndingWith(", was \"h2o\"");
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

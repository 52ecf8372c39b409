package dev.sublinear.engine.constraint;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;

/** The walls of the compiler of schemas. That its rooms have no cycles is a rule of the whole engine. */
@AnalyzeClasses(packages = "dev.sublinear.engine", importOptions = ImportOption.DoNotIncludeTests.class)
final class ConstraintArchitectureTest {
    private static final String COMPILER = "dev.sublinear.engine.constraint";

    @ArchTest
    static final ArchRule compiler_needsOnlyJacksonAndTheSamplersTypes = classes()
            .that()
            .resideInAPackage(COMPILER + "..")
            .should()
            .onlyDependOnClassesThat(
                    resideInAnyPackage(COMPILER + "..", "java..", "org.jspecify..", "com.fasterxml.jackson..")
                            .or(belongToAnyOf(TokenConstraint.class, TokenMask.class)))
            .because("the compiler of schemas can be published on its own, for any sampler of tokens");

    @ArchTest
    static final ArchRule automataAndGrammars_knowNoJsonSchema = noClasses()
            .that()
            .resideInAnyPackage(
                    COMPILER + ".limits", COMPILER + ".automaton", COMPILER + ".regex", COMPILER + ".grammar")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(COMPILER, COMPILER + ".schema", "com.fasterxml..")
            .because("a grammar can describe any language of bytes, not only JSON");

    @ArchTest
    static final ArchRule rooms_areEnteredByTheDoor = noClasses()
            .that()
            .resideOutsideOfPackage(COMPILER + "..")
            .should()
            .dependOnClassesThat(resideInAPackage(COMPILER + ".*..").and(not(belongToAnyOf(SchemaException.class))))
            .because("callers know Constraints and Part, so that automata and grammars can change behind them");
}

package dev.sublinear.evaluation;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.evaluation", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyModelAndCache_knowTensors = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because("tensors belong to one scope of one step, which the model opens");

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule packages_areFreeOfCycles = slices().matching("dev.sublinear.(**)")
            .should()
            .beFreeOfCycles()
            .because("rooms that know each other can only be understood, changed and reused together");
}

package dev.sublinear.evaluation;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.evaluation", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "dev.sublinear.evaluation";

    @ArchTest
    static final ArchRule onlyModelAndCache_knowTensors = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".loss")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because(
                    "tensors belong to one scope of one step, which the model opens; what multiplies matrices itself opens one");

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule packages_areFreeOfCycles = slices().matching("dev.sublinear.(**)")
            .should()
            .beFreeOfCycles()
            .because("rooms that know each other can only be understood, changed and reused together");

    @ArchTest
    static final ArchRule whatMeasures_knowsNoReport = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".comparison", ROOT + ".plot", ROOT + ".chart", ROOT + ".report")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT, ROOT + ".comparison", ROOT + ".plot", ROOT + ".chart", ROOT + ".report")
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson.dataformat..")
            .because(
                    "a measurement can be made and reused, as calibration does, without any plan, plot or file format");

    @ArchTest
    static final ArchRule probesAndContinuations_knowNoOtherMeasurement = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".probe", ROOT + ".continuation")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + ".fidelity", ROOT + ".attention", ROOT + ".control", ROOT + ".bench")
            .because(
                    "each part of an evaluation can be left out, and a new probe is written without reading the others");

    @ArchTest
    static final ArchRule charts_knowNothingOfWhatTheyShow = classes()
            .that()
            .resideInAPackage(ROOT + ".chart")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ROOT + ".chart", "java..", "org.jspecify..")
            .because("they draw any lines; what a line means is decided in a plot");
}

package dev.sublinear.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.engine", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ENGINE = "dev.sublinear.engine.";

    @ArchTest
    static final ArchRule engine_runsInsideOtherPrograms = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.micrometer..", "picocli..", "org.jline..", "ch.qos.logback..")
            .because("a program that embeds the engine has its own server, metrics, command line and log");

    @ArchTest
    static final ArchRule generation_knowsNoJson = noClasses()
            .that()
            .resideInAnyPackage(ENGINE + "generation..", ENGINE + "sampling..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml..")
            .because("the engine's thread works on tokens; what was asked for in JSON is compiled before it");

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

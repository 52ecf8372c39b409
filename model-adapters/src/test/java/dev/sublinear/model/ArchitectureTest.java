package dev.sublinear.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.model", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String MODEL = "dev.sublinear.model.";

    @ArchTest
    static final ArchRule onlyTheDecoder_knowsTheEngineOfDjl = noClasses()
            .that()
            .resideOutsideOfPackages(MODEL + "decoder..", MODEL + "attention..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl.pytorch..")
            .because("another engine of DJL is another decoder, and nothing else");

    @ArchTest
    static final ArchRule checkpoints_knowNoDecoder = noClasses()
            .that()
            .resideInAnyPackage(
                    MODEL + "checkpoint..",
                    MODEL + "family..",
                    MODEL + "huggingface..",
                    MODEL + "gguf..",
                    MODEL + "hub..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(MODEL + "decoder..", MODEL + "attention..", MODEL + "text..", MODEL + "jinja..")
            .because("what a file says is checked before anything computes with it");

    @ArchTest
    static final ArchRule attention_knowsNoCheckpoint = noClasses()
            .that()
            .resideInAPackage(MODEL + "attention..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    MODEL + "decoder..",
                    MODEL + "checkpoint..",
                    MODEL + "family..",
                    MODEL + "huggingface..",
                    MODEL + "gguf..")
            .because("attention reads caches; where weights come from is the decoder's");

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule packages_areFreeOfCycles = slices().matching("dev.sublinear.(**)")
            .should()
            .beFreeOfCycles()
            .because("rooms that know each other can only be understood, changed and reused together");
}

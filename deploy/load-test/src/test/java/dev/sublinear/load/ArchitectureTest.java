package dev.sublinear.load;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.load", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule packages_areFreeOfCycles = slices().matching("dev.sublinear.(**)")
            .should()
            .beFreeOfCycles()
            .because("rooms that know each other can only be understood, changed and reused together");
}

package dev.sublinear.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.server", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String SERVER = "dev.sublinear.server.";

    @ArchTest
    static final ArchRule onlyMetrics_knowsMicrometer = noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..");

    @ArchTest
    static final ArchRule onlyHttp_knowsNetty = noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "http")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule onlyModelAndCache_knowTensors =
            noClasses().should().dependOnClassesThat().resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule onlyCli_knowsPicocli = noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule packages_areFreeOfCycles =
            slices().matching("dev.sublinear.(**)").should().beFreeOfCycles();
}

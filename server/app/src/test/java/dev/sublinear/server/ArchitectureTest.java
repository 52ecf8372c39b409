package dev.sublinear.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShould;

@AnalyzeClasses(packages = "dev.sublinear.server", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String SERVER = "dev.sublinear.server.";

    @ArchTest
    static final ArchRule onlyMetrics_knowsMicrometer = onlyIn("metrics")
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..")
            .because("the others announce what happens to listeners, so that another kind of meters is one package");

    @ArchTest
    static final ArchRule onlyConnection_knowsNetty = onlyIn("http.connection..")
            .dependOnClassesThat()
            .resideInAPackage("io.netty..")
            .because("routes and replies see whole requests, in the words of HTTP, and own no buffer or channel");

    @ArchTest
    static final ArchRule onlyModelAndCache_knowTensors = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because("tensors belong to the engine's thread, and no thread of the server may touch them");

    @ArchTest
    static final ArchRule onlyCli_knowsPicocli = onlyIn("cli..")
            .dependOnClassesThat()
            .resideInAPackage("picocli..")
            .because("the configuration is read the same from the command line, the environment and the file");

    @ArchTest
    static final ArchRule packages_areFreeOfCycles = slices().matching("dev.sublinear.(**)")
            .should()
            .beFreeOfCycles()
            .because("rooms that know each other can only be understood, changed and reused together");

    private static ClassesShould onlyIn(String room) {
        return noClasses().that().resideOutsideOfPackage(SERVER + room).should();
    }
}

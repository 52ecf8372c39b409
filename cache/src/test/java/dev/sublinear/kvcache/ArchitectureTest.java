package dev.sublinear.kvcache;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.kvcache", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    @ArchTest
    static final ArchRule CACHE_NEEDS_ONLY_DJL_API = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.sublinear.kvcache..",
                    "java..",
                    "org.jspecify..",
                    "ai.djl",
                    "ai.djl.engine",
                    "ai.djl.ndarray..")
            .because("the cache is a library for any DJL engine");

    /* Each package is a slice, the root one included. */
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("dev.sublinear.(**)").should().beFreeOfCycles();
}

package dev.sublinear.model.jinja;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.model.jinja", importOptions = ImportOption.DoNotIncludeTests.class)
final class JinjaArchitectureTest {
    @ArchTest
    static final ArchRule JINJA_NEEDS_ONLY_JAVA = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.sublinear.model.jinja", "java..", "org.jspecify..")
            .because("the interpreter can be published on its own, and a template reaches only what it can reach");

    @ArchTest
    static final ArchRule TEMPLATES_CANNOT_REACH_JAVA = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackages("java.lang.reflect..", "java.nio..", "java.net..")
            .because("a template is a stranger's program: it has no reflection, no file and no network");
}

package dev.sublinear.langchain4j;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sublinear.langchain4j", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule adapter_knowsOnlyTheEngineAndLangChain4jsCore = noClasses()
            .should()
            .dependOnClassesThat(not(resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.slf4j",
                    "com.fasterxml.jackson.databind..",
                    "com.fasterxml.jackson.core..",
                    "dev.langchain4j..",
                    "dev.sublinear.langchain4j",
                    "dev.sublinear.engine..",
                    "dev.sublinear.kvcache..",
                    "dev.sublinear.model.checkpoint",
                    "dev.sublinear.model.text",
                    "dev.sublinear.model")))
            .because("who chats through LangChain4j gets a thin adapter, and no server with it");

    @ArchTest
    static final ArchRule adapter_usesNothingInternalOfLangChain4j = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.langchain4j.internal..")
            .because("what is internal changes without notice between releases that users may combine with this");
}

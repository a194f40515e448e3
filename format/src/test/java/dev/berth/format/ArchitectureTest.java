package dev.berth.format;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The format is bytes alone: no network, no database, no feature. */
@AnalyzeClasses(packages = "dev.berth.format", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule knows_bytes_and_ids_only =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java.io..",
              "java.lang..",
              "java.nio..",
              "java.security..",
              "java.util..",
              "com.github.luben.zstd..",
              "org.jspecify..",
              "dev.berth.common..",
              "dev.berth.format..");
}

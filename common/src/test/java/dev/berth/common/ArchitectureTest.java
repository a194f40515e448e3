package dev.berth.common;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

/** What is common stays small and knows no domain. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.berth.common");

  @Test
  void atMostFifteenClasses() {
    assertThat(CLASSES.stream().filter(JavaClass::isTopLevelClass))
        .filteredOn(type -> !type.getSimpleName().equals("package-info"))
        .hasSizeLessThanOrEqualTo(15);
  }

  @Test
  void knowsNoFeature() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.berth.controlplane..",
            "dev.berth.executor..",
            "dev.berth.cli..",
            "dev.berth.sql..",
            "dev.berth.v1..")
        .check(CLASSES);
  }
}

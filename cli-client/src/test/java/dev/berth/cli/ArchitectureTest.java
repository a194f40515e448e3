package dev.berth.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The client knows the API and nothing of the servers. */
@AnalyzeClasses(packages = "dev.berth.cli", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule knows_only_the_public_api =
      noClasses().should().dependOnClassesThat().resideInAPackage("dev.berth.executor.v1..");

  @ArchTest
  static final ArchRule commands_have_no_cycles =
      slices().matching("dev.berth.cli.(*)..").should().beFreeOfCycles();
}

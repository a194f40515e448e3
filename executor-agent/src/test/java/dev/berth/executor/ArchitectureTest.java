package dev.berth.executor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Where things are in the executor agent; see docs/ARCHITECTURE.md. */
@AnalyzeClasses(packages = "dev.berth.executor", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule protobuf_stays_in_the_link =
      noClasses()
          .that()
          .resideInAPackage("dev.berth.executor..")
          .and()
          .resideOutsideOfPackages("dev.berth.executor.link..", "dev.berth.executor.v1..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google.protobuf..", "io.grpc..", "dev.berth.v1..", "dev.berth.executor.v1..");

  @ArchTest
  static final ArchRule docker_java_stays_in_container_docker =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.berth.executor.container.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.dockerjava..");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("dev.berth.executor.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule no_static_state =
      noFields()
          .that()
          .areDeclaredInClassesThat()
          .resideOutsideOfPackage("dev.berth.executor.v1..")
          .and()
          .areStatic()
          .should()
          .notBeFinal();
}

package dev.berth.controlplane;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** Where things are in the control plane; see docs/ARCHITECTURE.md. */
@AnalyzeClasses(packages = "dev.berth.controlplane", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String PLATFORM = "dev.berth.controlplane.platform..";

  @ArchTest
  static final ArchRule repositories_alone_touch_jooq =
      noClasses()
          .that(areNotNamed("Repository", "WarmUp"))
          .and()
          .resideOutsideOfPackage("dev.berth.controlplane.platform.db..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jooq..", "dev.berth.sql.db..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule protobuf_stays_at_the_edge =
      noClasses()
          .that(areNotNamed("GrpcService", "ProtoMapper", "Link", "LinkOrder", "Stream", "WarmUp"))
          .and()
          .resideOutsideOfPackages(
              "dev.berth.controlplane.platform.grpc..",
              "dev.berth.controlplane.platform.errors..",
              "dev.berth.controlplane.executor.link..",
              "dev.berth.controlplane.relay..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.google.protobuf..", "dev.berth.v1..", "dev.berth.executor.v1..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule features_share_services_never_repositories =
      noClasses()
          .should(
              new ArchCondition<>("use the repository of another feature") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  type.getDirectDependenciesFromSelf().stream()
                      .filter(d -> simpleNameEndingWith("Repository").test(d.getTargetClass()))
                      .filter(d -> d.getTargetClass().getPackageName().startsWith("dev.berth"))
                      .filter(
                          d -> !d.getTargetClass().getPackageName().equals(type.getPackageName()))
                      .forEach(
                          d -> events.add(SimpleConditionEvent.satisfied(d, d.getDescription())));
                }
              })
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule features_have_no_cycles =
      slices()
          .matching("dev.berth.controlplane.(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule platform_knows_no_feature =
      noClasses()
          .that()
          .resideInAPackage(PLATFORM)
          .should()
          .dependOnClassesThat(
              JavaClass.Predicates.resideInAPackage("dev.berth.controlplane..")
                  .and(JavaClass.Predicates.resideOutsideOfPackage(PLATFORM)))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule session_records_wishes_and_never_calls_worker =
      noClasses()
          .that()
          .resideInAPackage("dev.berth.controlplane.session..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.berth.controlplane.worker..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule the_s3_client_stays_in_one_adapter =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.berth.controlplane.platform.store..",
              "dev.berth.controlplane.platform.embedded..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.minio..", "org.gaul..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule no_static_state =
      noFields().that().areStatic().should().notBeFinal().allowEmptyShould(true);

  private static DescribedPredicate<JavaClass> areNotNamed(String... suffixes) {
    return DescribedPredicate.describe(
        "are not named …" + String.join(" or …", suffixes),
        type -> {
          JavaClass outer = type;
          while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
          }
          if (outer.getName().contains("$Definition")) {
            return false; // made by Micronaut from a class that is looked at itself
          }
          for (String suffix : suffixes) {
            if (outer.getSimpleName().endsWith(suffix)) {
              return false;
            }
          }
          return true;
        });
  }
}

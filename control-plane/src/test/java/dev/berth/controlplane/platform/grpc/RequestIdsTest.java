package dev.berth.controlplane.platform.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.auth.Role;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.sql.db.Tables;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.GetProjectResponse;
import dev.berth.v1.Project;
import dev.berth.v1.ProjectServiceGrpc;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class RequestIdsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final AtomicInteger mutations = new AtomicInteger();
  private final Caller caller = berth.caller();

  private GetProjectResponse once(Caller as, String requestId, String body) {
    return berth
        .bean(RequestIds.class)
        .once(
            as,
            ProjectServiceGrpc.getGetProjectMethod(),
            requestId,
            GetProjectRequest.newBuilder().setProjectId(body).build(),
            () ->
                GetProjectResponse.newBuilder()
                    .setProject(Project.newBuilder().setName("n" + mutations.incrementAndGet()))
                    .build());
  }

  @Test
  void theSameRequestTwice_happensOnce_withTheFirstOutcome() {
    GetProjectResponse first = once(caller, "same", "a");
    assertThat(once(caller, "same", "a")).isEqualTo(first);
    assertThat(mutations).hasValue(1);
  }

  @Test
  void anotherBodyUnderTheSameId_isRefused() {
    assertThat(once(caller, "reused", "a").hasProject()).isTrue();
    assertThatThrownBy(() -> once(caller, "reused", "b"))
        .isInstanceOfSatisfying(
            BerthException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(ErrorReason.REQUEST_ID_REUSED);
              assertThat(e.violations()).extracting("field").containsExactly("request_id");
            });
  }

  @Test
  void withoutAnId_orByAnotherPrincipal_itHappensEachTime() {
    assertThat(once(caller, "", "a")).isNotEqualTo(once(caller, "", "a"));
    Caller other =
        new Caller(
            berth
                .bean(dev.berth.controlplane.platform.auth.Authenticator.class)
                .authenticate("Bearer " + berth.newKey(berth.project(), Role.EDITOR)),
            caller.traceId());
    assertThat(once(caller, "mine", "a")).isNotEqualTo(once(other, "mine", "a"));
  }

  @Test
  void manyAtOnce_happenOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GetProjectResponse>> answers =
          IntStream.range(0, 8)
              .mapToObj(i -> threads.submit(() -> once(caller, "many", "a")))
              .toList();
      for (Future<GetProjectResponse> answer : answers) {
        assertThat(answer.get()).isEqualTo(answers.getFirst().get());
      }
    }
    assertThat(mutations).hasValue(1);
  }

  @Test
  void aMutationThatFails_keepsNothing() {
    RequestIds ids = berth.bean(RequestIds.class);
    assertThatThrownBy(() ->
            ids.once(
                caller,
                ProjectServiceGrpc.getGetProjectMethod(),
                "failing",
                GetProjectRequest.getDefaultInstance(),
                () -> {
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(once(caller, "failing", "other").hasProject()).isTrue();
  }

  @Test
  void afterADay_theIdIsFreeAgain_andTheRowGoes() {
    GetProjectResponse first = once(caller, "old", "a");
    berth
        .sql()
        .execute(
            "update request set create_time = create_time - interval '25 hours' where request_id = 'old'");
    assertThat(once(caller, "old", "b")).isNotEqualTo(first);
    berth
        .sql()
        .execute(
            "update request set create_time = create_time - interval '25 hours' where request_id = 'old'");
    berth.bean(RequestIds.class).runOnce();
    assertThat(berth.sql().fetchExists(Tables.REQUEST, Tables.REQUEST.REQUEST_ID.eq("old")))
        .isFalse();
  }
}

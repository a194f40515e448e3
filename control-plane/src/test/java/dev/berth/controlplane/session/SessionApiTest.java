package dev.berth.controlplane.session;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.SessionClient;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.ListExecutorsRequest;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.OnConflict;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.UpdateSessionRequest;
import dev.berth.v1.WatchSessionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the API promises of sessions, executors and workers, and how it refuses. */
final class SessionApiTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create();

  private SessionServiceBlockingStub stub() {
    return SessionServiceGrpc.newBlockingStub(berth.channel());
  }

  private Session create(String name) {
    return stub()
        .createSession(CreateSessionRequest.newBuilder().setName(name).build())
        .getSession();
  }

  @Test
  void create_appliesTheDocumentedDefaults() {
    Session session = create("");
    assertThat(session.getSpec().getResources().getCpuMillis()).isEqualTo(1000);
    assertThat(session.getSpec().getResources().getMemoryBytes()).isEqualTo(1L << 30);
    assertThat(session.getSpec().getResources().getDiskBytes()).isEqualTo(4L << 30);
    assertThat(session.getSpec().getResources().getPids()).isEqualTo(256);
    assertThat(session.getSpec().getIdleTimeout().getSeconds()).isEqualTo(1800);
    assertThat(session.getSpec().getRetentionTimeout().getSeconds()).isEqualTo(604_800);
    assertThat(session.getSpec().getImage()).isNotEmpty();
    assertThat(session.getLineage().getRootId()).isEqualTo(session.getId());
    assertThat(session.getState()).isEqualTo(dev.berth.v1.SessionState.SESSION_STATE_STOPPED);
    assertThat(session.getObservedGeneration()).isEqualTo(session.getGeneration());
  }

  @Test
  void create_withATakenName_saysByWhom_orAnswersIt() {
    Session first = create("taken");
    var refusal = refused(ErrorReason.NAME_TAKEN, () -> create("taken"));
    assertThat(Statuses.info(refusal).orElseThrow().getMetadataMap())
        .containsEntry("id", first.getId());
    Session same =
        stub()
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setName("taken")
                    .setOnConflict(OnConflict.ON_CONFLICT_USE_EXISTING)
                    .build())
            .getSession();
    assertThat(same.getId()).isEqualTo(first.getId());
  }

  @Test
  void create_withARequestId_happensOnce() {
    var request = CreateSessionRequest.newBuilder().setRequestId("once").build();
    assertThat(stub().createSession(request).getSession().getId())
        .isEqualTo(stub().createSession(request).getSession().getId());
    refused(
        ErrorReason.REQUEST_ID_REUSED,
        () -> stub().createSession(request.toBuilder().setName("different").build()));
  }

  @Test
  void update_changesWhatTheMaskNames_andRefusesAStaleEtag() {
    Session session = create("old-name");
    Session updated =
        stub()
            .updateSession(
                UpdateSessionRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setEtag(session.getEtag())
                    .setUpdateMask(
                        FieldMask.newBuilder().addPaths("name").addPaths("spec.idle_timeout"))
                    .setName("new-name")
                    .putLabels("not", "named")
                    .setSpec(
                        SessionSpec.newBuilder()
                            .setIdleTimeout(Duration.newBuilder().setSeconds(7)))
                    .build())
            .getSession();
    assertThat(updated.getName()).isEqualTo("new-name");
    assertThat(updated.getLabelsMap()).isEmpty();
    assertThat(updated.getSpec().getIdleTimeout().getSeconds()).isEqualTo(7);
    assertThat(updated.getSpec().getImage()).isEqualTo(session.getSpec().getImage());
    assertThat(updated.getEtag()).isNotEqualTo(session.getEtag());
    var stale =
        UpdateSessionRequest.newBuilder()
            .setSessionId(session.getId())
            .setEtag(session.getEtag())
            .setUpdateMask(FieldMask.newBuilder().addPaths("labels"))
            .build();
    refused(ErrorReason.ETAG_STALE, () -> stub().updateSession(stale));
    refused(
        ErrorReason.FIELD_INVALID,
        () ->
            stub()
                .updateSession(
                    stale.toBuilder()
                        .clearEtag()
                        .setUpdateMask(FieldMask.newBuilder().addPaths("state"))
                        .build()));
    Session other = create("other-name");
    refused(
        ErrorReason.NAME_TAKEN,
        () ->
            stub()
                .updateSession(
                    UpdateSessionRequest.newBuilder()
                        .setSessionId(other.getId())
                        .setUpdateMask(FieldMask.newBuilder().addPaths("name"))
                        .setName("new-name")
                        .build()));
  }

  @Test
  void deletedSession_refusesVerbs_andFreesItsName() {
    Session session = create("gone");
    var delete =
        DeleteSessionRequest.newBuilder()
            .setSessionId(session.getId())
            .setWait(SessionClient.WAIT)
            .build();
    assertThat(stub().deleteSession(delete).getSession().getState())
        .isEqualTo(dev.berth.v1.SessionState.SESSION_STATE_DELETED);
    assertThat(stub().deleteSession(delete).getSession().getId()).isEqualTo(session.getId());
    refused(
        ErrorReason.SESSION_STATE,
        () ->
            stub()
                .activateSession(
                    ActivateSessionRequest.newBuilder().setSessionId(session.getId()).build()));
    refused(
        ErrorReason.SESSION_STATE,
        () ->
            stub()
                .stopSession(
                    StopSessionRequest.newBuilder().setSessionId(session.getId()).build()));
    assertThat(create("gone").getId()).isNotEqualTo(session.getId());
  }

  @Test
  void list_pagesFiltersAndFindsByPrefix() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(
          stub()
              .createSession(CreateSessionRequest.newBuilder().putLabels("list", "yes").build())
              .getSession()
              .getId());
    }
    var request = ListSessionsRequest.newBuilder().putLabels("list", "yes").setPageSize(2);
    List<String> listed = new ArrayList<>();
    String token = "";
    do {
      var page = stub().listSessions(request.setPageToken(token).build());
      page.getSessionsList().forEach(session -> listed.add(session.getId()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(listed).containsExactlyElementsOf(made.reversed());
    assertThat(
            stub()
                .listSessions(ListSessionsRequest.newBuilder().setIdPrefix(made.get(2)).build())
                .getSessionsList())
        .extracting(Session::getId)
        .containsExactly(made.get(2));
    assertThat(
            stub()
                .listSessions(
                    ListSessionsRequest.newBuilder()
                        .setIdPrefix("ses_")
                        .putLabels("list", "yes")
                        .build())
                .getSessionsCount())
        .isEqualTo(5);
    refused(
        ErrorReason.FIELD_INVALID,
        () -> stub().listSessions(ListSessionsRequest.newBuilder().setIdPrefix("run_").build()));
    refused(
        ErrorReason.PAGE_TOKEN_INVALID,
        () -> stub().listSessions(ListSessionsRequest.newBuilder().setPageToken("AAAA").build()));
  }

  @Test
  void activate_answersWhenTheTimeIsUp_thoughNothingCanTakeIt() {
    Session session = create("");
    Session waiting =
        stub()
            .activateSession(
                ActivateSessionRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setWait(Duration.newBuilder().setSeconds(2))
                    .build())
            .getSession();
    assertThat(waiting.getState()).isEqualTo(dev.berth.v1.SessionState.SESSION_STATE_ACTIVATING);
    assertThat(waiting.getStateReason()).isEqualTo("NO_EXECUTOR");
  }

  @Test
  void malformedAndUnknownIds_areToldApart() {
    refused(
        ErrorReason.FIELD_INVALID,
        () -> stub().getSession(GetSessionRequest.newBuilder().setSessionId("x").build()));
    String unknown = new SessionId(new UUID(7, Long.MIN_VALUE)).toString();
    refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () -> stub().getSession(GetSessionRequest.newBuilder().setSessionId(unknown).build()));
  }

  @Test
  void otherProject_seesNothing() {
    try (ScriptedAgent agent = ScriptedAgent.enrol(berth, "mine").connect()) {
      Session session = new SessionClient(berth).active();
      String id = session.getId();
      var foreign = SessionServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
      var executors = ExecutorServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
      Stream.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
              () -> foreign.getSession(GetSessionRequest.newBuilder().setSessionId(id).build()),
              () ->
                  foreign.updateSession(
                      UpdateSessionRequest.newBuilder()
                          .setSessionId(id)
                          .setUpdateMask(FieldMask.newBuilder().addPaths("name"))
                          .build()),
              () ->
                  foreign.deleteSession(
                      DeleteSessionRequest.newBuilder().setSessionId(id).setForce(true).build()),
              () ->
                  foreign.activateSession(
                      ActivateSessionRequest.newBuilder().setSessionId(id).build()),
              () -> foreign.stopSession(StopSessionRequest.newBuilder().setSessionId(id).build()),
              () ->
                  foreign
                      .watchSession(WatchSessionRequest.newBuilder().setSessionId(id).build())
                      .next(),
              () ->
                  executors.getExecutor(
                      GetExecutorRequest.newBuilder().setExecutorId(agent.id().toString()).build()),
              () ->
                  executors.getWorker(
                      GetWorkerRequest.newBuilder().setWorkerId(session.getWorkerId()).build()),
              () ->
                  foreign.listSessions(
                      ListSessionsRequest.newBuilder()
                          .setProjectId(berth.project().toString())
                          .build()))
          .forEach(call -> refused(ErrorReason.RESOURCE_NOT_FOUND, call));
      assertThat(foreign.listSessions(ListSessionsRequest.getDefaultInstance()).getSessionsList())
          .isEmpty();
      assertThat(
              executors.listExecutors(ListExecutorsRequest.getDefaultInstance()).getExecutorsList())
          .isEmpty();
      assertThat(executors.listWorkers(ListWorkersRequest.getDefaultInstance()).getWorkersList())
          .isEmpty();
      assertThat(WorkerId.parse(session.getWorkerId())).isNotNull();
      assertThat(ProjectId.parse(session.getProjectId())).isEqualTo(berth.project());
    }
  }
}

package dev.berth.controlplane.session;

import com.google.protobuf.Message;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.ActivateSessionResponse;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.CreateSessionResponse;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.DeleteSessionResponse;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetSessionResponse;
import dev.berth.v1.ListSessionsRequest;
import dev.berth.v1.ListSessionsResponse;
import dev.berth.v1.OnConflict;
import dev.berth.v1.RollBackSessionRequest;
import dev.berth.v1.RollBackSessionResponse;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.StopSessionResponse;
import dev.berth.v1.UpdateSessionRequest;
import dev.berth.v1.UpdateSessionResponse;
import dev.berth.v1.WatchSessionRequest;
import dev.berth.v1.WatchSessionResponse;
import io.grpc.MethodDescriptor;
import io.grpc.stub.StreamObserver;
import io.micronaut.grpc.annotation.GrpcService;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

@GrpcService
final class SessionGrpcService extends SessionServiceGrpc.SessionServiceImplBase {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private final SessionService sessions;
  private final SessionWaits waits;
  private final SessionRollBack rollBacks;
  private final SessionWatchStream watches;
  private final RequestIds requestIds;
  private final SpecProtoMapper specs;

  SessionGrpcService(
      SessionService sessions,
      SessionWaits waits,
      SessionRollBack rollBacks,
      SessionWatchStream watches,
      RequestIds requestIds,
      SpecProtoMapper specs) {
    this.sessions = sessions;
    this.waits = waits;
    this.rollBacks = rollBacks;
    this.watches = watches;
    this.requestIds = requestIds;
    this.specs = specs;
  }

  @Override
  public void createSession(
      CreateSessionRequest request, StreamObserver<CreateSessionResponse> observer) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    SnapshotId origin =
        request.getFromSnapshotId().isEmpty()
            ? null
            : Fields.id("from_snapshot_id", request.getFromSnapshotId(), SnapshotId::parse);
    var wanted =
        new NewSession(
            project,
            request.getName().isEmpty() ? null : request.getName(),
            request.getLabelsMap(),
            origin != null && !request.hasSpec()
                ? sessions.specOf(project, origin)
                : specs.resolve(caller, request.getSpec(), "spec"),
            caller.actor(request.getOnBehalfOf()),
            request.getCorrelationId(),
            caller.traceId(),
            request.getActivate(),
            false,
            origin);
    if (request.hasWait() && !request.getActivate()) {
      throw CommonErrors.fieldInvalid("wait", "is for a session that is activated");
    }
    boolean useExisting = request.getOnConflict() == OnConflict.ON_CONFLICT_USE_EXISTING;
    change(
        SessionServiceGrpc.getCreateSessionMethod(),
        request,
        new Once(request.getRequestId(), request.hasWait() ? request.getWait() : null),
        () -> sessions.create(wanted, useExisting),
        session -> CreateSessionResponse.newBuilder().setSession(session).build(),
        CreateSessionResponse::getSession,
        observer);
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> observer) {
    SessionView view = sessions.get(CallContext.caller().projectId(), id(request.getSessionId()));
    observer.onNext(
        GetSessionResponse.newBuilder().setSession(SessionProtoMapper.session(view)).build());
    observer.onCompleted();
  }

  @Override
  public void listSessions(
      ListSessionsRequest request, StreamObserver<ListSessionsResponse> observer) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    requirePrefix(request.getIdPrefix());
    var filter =
        new SessionFilter(
            project,
            request.getStatesList().stream()
                .map(SessionProtoMapper::state)
                .collect(Collectors.toUnmodifiableSet()),
            request.getLabelsMap(),
            request.getName(),
            request.getShowDeleted(),
            request.getIdPrefix());
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListSessions", filter);
    SessionId before = page.after(SessionId::parse).orElse(null);
    List<SessionView> found = sessions.list(filter, before, page.limit());
    var response =
        ListSessionsResponse.newBuilder()
            .setNextPageToken(page.next(found, it -> it.session().id()));
    page.rows(found).map(SessionProtoMapper::summary).forEach(response::addSessions);
    observer.onNext(response.build());
    observer.onCompleted();
  }

  private static void requirePrefix(String prefix) {
    try {
      if (!prefix.isEmpty()) {
        IdPrefix range = IdPrefix.of(prefix);
        assert range.first() != null;
      }
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid("id_prefix", "is not how a session's id begins");
    }
  }

  @Override
  public void updateSession(
      UpdateSessionRequest request, StreamObserver<UpdateSessionResponse> observer) {
    Caller caller = CallContext.caller();
    SessionId id = id(request.getSessionId());
    var given =
        new SessionChange(
            request.getName().isEmpty() ? null : request.getName(),
            request.getLabelsMap(),
            specs.resolve(caller, request.getSpec(), "spec"));
    List<String> paths = request.getUpdateMask().getPathsList();
    if (paths.isEmpty()) {
      throw CommonErrors.fieldInvalid("update_mask", "names no field");
    }
    change(
        SessionServiceGrpc.getUpdateSessionMethod(),
        request,
        new Once(request.getRequestId(), null),
        () ->
            sessions.update(
                caller.projectId(),
                id,
                caller.actor(),
                Fields.version(request.getEtag()),
                old -> SessionProtoMapper.merge(old, given, paths)),
        session -> UpdateSessionResponse.newBuilder().setSession(session).build(),
        UpdateSessionResponse::getSession,
        observer);
  }

  @Override
  public void deleteSession(
      DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> observer) {
    Caller caller = CallContext.caller();
    SessionId id = id(request.getSessionId());
    change(
        SessionServiceGrpc.getDeleteSessionMethod(),
        request,
        new Once(request.getRequestId(), request.hasWait() ? request.getWait() : null),
        () ->
            sessions.delete(
                caller.projectId(),
                id,
                caller.actor(),
                Fields.version(request.getEtag()),
                request.getForce()),
        session -> DeleteSessionResponse.newBuilder().setSession(session).build(),
        DeleteSessionResponse::getSession,
        observer);
  }

  @Override
  public void activateSession(
      ActivateSessionRequest request, StreamObserver<ActivateSessionResponse> observer) {
    Caller caller = CallContext.caller();
    SessionId id = id(request.getSessionId());
    change(
        SessionServiceGrpc.getActivateSessionMethod(),
        request,
        new Once(request.getRequestId(), request.hasWait() ? request.getWait() : null),
        () -> sessions.activate(caller.projectId(), id, caller.actor()),
        session -> ActivateSessionResponse.newBuilder().setSession(session).build(),
        ActivateSessionResponse::getSession,
        observer);
  }

  @Override
  public void stopSession(
      StopSessionRequest request, StreamObserver<StopSessionResponse> observer) {
    Caller caller = CallContext.caller();
    SessionId id = id(request.getSessionId());
    change(
        SessionServiceGrpc.getStopSessionMethod(),
        request,
        new Once(request.getRequestId(), request.hasWait() ? request.getWait() : null),
        () ->
            sessions.stop(
                caller.projectId(),
                id,
                caller.actor(),
                request.getRemoveCopy(),
                request.getForce()),
        session -> StopSessionResponse.newBuilder().setSession(session).build(),
        StopSessionResponse::getSession,
        observer);
  }

  @Override
  public void rollBackSession(
      RollBackSessionRequest request, StreamObserver<RollBackSessionResponse> observer) {
    Caller caller = CallContext.caller();
    var wanted =
        new SessionRollBack.Request(
            caller.projectId(),
            id(request.getSessionId()),
            Fields.id("snapshot_id", request.getSnapshotId(), SnapshotId::parse),
            Fields.version(request.getEtag()),
            caller.actor());
    observer.onNext(
        requestIds.onceAfter(
            caller,
            SessionServiceGrpc.getRollBackSessionMethod(),
            request.getRequestId(),
            request,
            () ->
                rollBacks.stop(
                    wanted,
                    request.hasWait()
                        ? CommonProtoMapper.duration(request.getWait())
                        : LONGEST_WAIT),
            activate ->
                RollBackSessionResponse.newBuilder()
                    .setSession(SessionProtoMapper.session(rollBacks.move(wanted, activate)))
                    .build()));
    observer.onCompleted();
  }

  @Override
  public void watchSession(
      WatchSessionRequest request, StreamObserver<WatchSessionResponse> observer) {
    watches.serve(
        CallContext.caller().projectId(),
        id(request.getSessionId()),
        request.getAfterCursor(),
        observer);
  }

  /** What of a change is not done again, and how long its answer is held until it is reached. */
  private record Once(String requestId, com.google.protobuf.@Nullable Duration held) {}

  /** Changes a session, once per request id, and answers it as it then is. */
  private <A extends Message, B extends Message> void change(
      MethodDescriptor<A, B> method,
      A request,
      Once once,
      Supplier<SessionView> change,
      Function<Session, B> answer,
      Function<B, Session> answered,
      StreamObserver<B> observer) {
    Caller caller = CallContext.caller();
    B first =
        requestIds.once(
            caller,
            method,
            once.requestId(),
            request,
            () -> answer.apply(SessionProtoMapper.session(change.get())));
    observer.onNext(
        once.held() == null
            ? first
            : answer.apply(await(caller, answered.apply(first), once.held())));
    observer.onCompleted();
  }

  private Session await(Caller caller, Session wished, com.google.protobuf.Duration wait) {
    return SessionProtoMapper.session(
        waits.await(
            caller.projectId(),
            id(wished.getId()),
            wished.getGeneration(),
            CommonProtoMapper.duration(wait)));
  }

  private static SessionId id(String text) {
    return Fields.id("session_id", text, SessionId::parse);
  }
}

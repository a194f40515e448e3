package dev.berth.controlplane.run;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.platform.grpc.ResponseStream;
import dev.berth.controlplane.platform.grpc.WatchLimits;
import dev.berth.controlplane.queue.QueueService;
import dev.berth.v1.BatchCreateRunsRequest;
import dev.berth.v1.BatchCreateRunsResponse;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CancelRunResponse;
import dev.berth.v1.CancelRunsRequest;
import dev.berth.v1.CancelRunsResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateRunResponse;
import dev.berth.v1.ExplainRunRequest;
import dev.berth.v1.ExplainRunResponse;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.GetRunResponse;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.ListRunAttemptsResponse;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListRunEventsResponse;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.ListRunsResponse;
import dev.berth.v1.RedriveRunsRequest;
import dev.berth.v1.RedriveRunsResponse;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.WaitRunRequest;
import dev.berth.v1.WaitRunResponse;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** RunService of the API. */
@Singleton
final class RunGrpcService extends RunServiceGrpc.RunServiceImplBase {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private final RunService runs;
  private final CreateRunsService creation;
  private final CreateRunProtoMapper requests;
  private final CancelRunsService cancellations;
  private final DeadLetterService deadLetters;
  private final QueueService queues;
  private final RunHistory history;
  private final RunTails tails;
  private final RequestIds requestIds;
  private final WatchConfig watchConfig;
  private final WatchLimits watchLimits;
  private final Draining draining;

  RunGrpcService(
      RunService runs,
      CreateRunsService creation,
      CreateRunProtoMapper requests,
      CancelRunsService cancellations,
      DeadLetterService deadLetters,
      QueueService queues,
      RunHistory history,
      RunTails tails,
      RequestIds requestIds,
      WatchConfig watchConfig,
      WatchLimits watchLimits,
      Draining draining) {
    this.runs = runs;
    this.creation = creation;
    this.requests = requests;
    this.cancellations = cancellations;
    this.deadLetters = deadLetters;
    this.queues = queues;
    this.history = history;
    this.tails = tails;
    this.requestIds = requestIds;
    this.watchConfig = watchConfig;
    this.watchLimits = watchLimits;
    this.draining = draining;
  }

  @Override
  public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> responses) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    CreateRun create = requests.one(caller, request);
    requestIds.answer(
        RunServiceGrpc.getCreateRunMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            CreateRunResponse.newBuilder()
                .setRun(
                    RunProtoMapper.run(
                        runs.create(
                            project,
                            caller.actor(request.getOnBehalfOf()),
                            caller.traceId(),
                            create)))
                .build());
  }

  @Override
  public void batchCreateRuns(
      BatchCreateRunsRequest request, StreamObserver<BatchCreateRunsResponse> responses) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    List<CreateRun> create = requests.all(caller, request);
    requestIds.answer(
        RunServiceGrpc.getBatchCreateRunsMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          var response = BatchCreateRunsResponse.newBuilder();
          creation
              .create(project, caller.actor(request.getOnBehalfOf()), caller.traceId(), create)
              .forEach(id -> response.addRunIds(id.toString()));
          return response.build();
        });
  }

  @Override
  public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> responses) {
    RunView run = runs.get(CallContext.caller().projectId(), id(request.getRunId()));
    answer(responses, GetRunResponse.newBuilder().setRun(RunProtoMapper.run(run)).build());
  }

  @Override
  public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    RunFilter filter = filter(project, request);
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListRuns", filter);
    RunId before = page.after(RunId::parse).orElse(null);
    List<RunView> found = runs.list(filter, before, page.limit());
    var response =
        ListRunsResponse.newBuilder().setNextPageToken(page.next(found, it -> it.run().id()));
    page.rows(found).map(RunProtoMapper::run).forEach(response::addRuns);
    answer(responses, response.build());
  }

  private RunFilter filter(ProjectId project, ListRunsRequest request) {
    return new RunFilter(
        project,
        session(request.getSessionId()),
        queue(project, request.getQueue()),
        request.getConversationId().isEmpty()
            ? null
            : Fields.id("conversation_id", request.getConversationId(), ConversationId::parse),
        request.getStatesList().stream().map(RunProtoMapper::state).collect(Collectors.toSet()),
        request.getLabelsMap(),
        request.getIdPrefix().isEmpty()
            ? null
            : Fields.id("id_prefix", request.getIdPrefix(), RunIdPrefix::of),
        request.getDeadLetters());
  }

  private static @Nullable SessionId session(String id) {
    return id.isEmpty() ? null : Fields.id("session_id", id, SessionId::parse);
  }

  private @Nullable QueueId queue(ProjectId project, String idOrName) {
    Fields.requireNoNul("queue", idOrName);
    return idOrName.isEmpty() ? null : queues.idOf(project, idOrName);
  }

  @Override
  public void cancelRun(CancelRunRequest request, StreamObserver<CancelRunResponse> responses) {
    Caller caller = CallContext.caller();
    RunId id = id(request.getRunId());
    requestIds.answer(
        RunServiceGrpc.getCancelRunMethod(),
        request.getRequestId(),
        request,
        responses,
        () ->
            CancelRunResponse.newBuilder()
                .setRun(RunProtoMapper.run(runs.cancel(caller.projectId(), id)))
                .build());
  }

  @Override
  public void cancelRuns(CancelRunsRequest request, StreamObserver<CancelRunsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    RunFilter filter =
        new RunFilter(
            project,
            session(request.getSessionId()),
            queue(project, request.getQueue()),
            null,
            request.getStatesList().stream().map(RunProtoMapper::state).collect(Collectors.toSet()),
            request.getLabelsMap(),
            null,
            false);
    boolean narrowed =
        filter.sessionId() != null
            || filter.queueId() != null
            || !filter.states().isEmpty()
            || !filter.labels().isEmpty();
    if (!narrowed) {
      throw CommonErrors.fieldInvalid("queue", "is needed, or session_id, states or labels");
    }
    if (filter.states().stream().anyMatch(RunState::terminal)) {
      throw CommonErrors.fieldInvalid("states", "names a state in which runs have ended");
    }
    requestIds.answer(
        RunServiceGrpc.getCancelRunsMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          var canceled = cancellations.cancel(filter);
          return CancelRunsResponse.newBuilder()
              .setCanceled(canceled.ended())
              .setCanceling(canceled.ending())
              .setMore(canceled.more())
              .build();
        });
  }

  @Override
  public void redriveRuns(
      RedriveRunsRequest request, StreamObserver<RedriveRunsResponse> responses) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    List<RunId> ids =
        request.getRunIdsList().stream().map(id -> Fields.id("run_ids", id, RunId::parse)).toList();
    requestIds.answer(
        RunServiceGrpc.getRedriveRunsMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          var response = RedriveRunsResponse.newBuilder();
          deadLetters.redrive(project, caller.actor(), caller.traceId(), ids).stream()
              .map(RunProtoMapper::run)
              .forEach(response::addRuns);
          return response.build();
        });
  }

  @Override
  public void waitRun(WaitRunRequest request, StreamObserver<WaitRunResponse> responses) {
    Duration wait = request.hasWait() ? RunProtoMapper.duration(request.getWait()) : LONGEST_WAIT;
    try {
      RunView run = runs.await(CallContext.caller().projectId(), id(request.getRunId()), wait);
      answer(responses, WaitRunResponse.newBuilder().setRun(RunProtoMapper.run(run)).build());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the wait was interrupted");
    }
  }

  @Override
  public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> responses) {
    Run run = runs.find(CallContext.caller().projectId(), id(request.getRunId()));
    Set<String> types = Set.copyOf(request.getTypesList());
    ResponseStream.serve(
        responses,
        draining,
        watchLimits.bounded(
            run.projectId(),
            stream ->
                new WatchRunStream(
                        run.id(),
                        request.getAfterSeq(),
                        types,
                        watchConfig,
                        stream,
                        stream::send,
                        watch -> {})
                    .serve(tails)));
  }

  @Override
  public void listRunEvents(
      ListRunEventsRequest request, StreamObserver<ListRunEventsResponse> responses) {
    Run run = runs.find(CallContext.caller().projectId(), id(request.getRunId()));
    RunHistory.Page page =
        history.read(
            run,
            request.getAfterSeq(),
            Fields.pageSize(request.getPageSize() == 0 ? 100 : request.getPageSize()),
            Set.copyOf(request.getTypesList()));
    ListRunEventsResponse.Builder response =
        ListRunEventsResponse.newBuilder()
            .setExaminedSeq(page.examinedSeq())
            .setHeadSeq(page.headSeq());
    response.addAllEvents(RunEventProtoMapper.events(run.id(), page.events()));
    answer(responses, response.build());
  }

  @Override
  public void explainRun(ExplainRunRequest request, StreamObserver<ExplainRunResponse> responses) {
    ProjectId project = CallContext.caller().projectId();
    RunId id = id(request.getRunId());
    var response =
        ExplainRunResponse.newBuilder().setRun(RunProtoMapper.run(runs.get(project, id)));
    runs.explain(project, id).stream()
        .map(RunProtoMapper::sentence)
        .forEach(response::addSentences);
    answer(responses, response.build());
  }

  @Override
  public void listRunAttempts(
      ListRunAttemptsRequest request, StreamObserver<ListRunAttemptsResponse> responses) {
    ListRunAttemptsResponse.Builder response = ListRunAttemptsResponse.newBuilder();
    runs.attempts(CallContext.caller().projectId(), id(request.getRunId())).stream()
        .map(RunProtoMapper::attempt)
        .forEach(response::addAttempts);
    answer(responses, response.build());
  }

  private static RunId id(String text) {
    return Fields.id("run_id", text, RunId::parse);
  }

  private static <T> void answer(StreamObserver<T> responses, T message) {
    responses.onNext(message);
    responses.onCompleted();
  }
}

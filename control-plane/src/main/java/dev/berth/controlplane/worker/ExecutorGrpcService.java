package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.executor.Capacity;
import dev.berth.controlplane.executor.EnrolmentService;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorProtoMapper;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.v1.CordonExecutorRequest;
import dev.berth.v1.CordonExecutorResponse;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.CreateEnrolmentTokenResponse;
import dev.berth.v1.DeleteExecutorRequest;
import dev.berth.v1.DeleteExecutorResponse;
import dev.berth.v1.DrainExecutorRequest;
import dev.berth.v1.DrainExecutorResponse;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.GetExecutorResponse;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.GetWorkerResponse;
import dev.berth.v1.ListExecutorsRequest;
import dev.berth.v1.ListExecutorsResponse;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.ListWorkersResponse;
import dev.berth.v1.UncordonExecutorRequest;
import dev.berth.v1.UncordonExecutorResponse;
import io.grpc.stub.StreamObserver;
import io.micronaut.grpc.annotation.GrpcService;
import java.time.Duration;
import java.util.List;

/** ExecutorService of the API. It stands here because it shows workers too. */
@GrpcService
final class ExecutorGrpcService extends ExecutorServiceGrpc.ExecutorServiceImplBase {
  private static final Duration DEFAULT_TOKEN_LIFE = Duration.ofHours(1);

  private final ExecutorService executors;
  private final EnrolmentService enrolments;
  private final WorkerService workers;
  private final ExecutorDeletion deletion;
  private final RequestIds requestIds;

  ExecutorGrpcService(
      ExecutorService executors,
      EnrolmentService enrolments,
      WorkerService workers,
      ExecutorDeletion deletion,
      RequestIds requestIds) {
    this.executors = executors;
    this.enrolments = enrolments;
    this.workers = workers;
    this.deletion = deletion;
    this.requestIds = requestIds;
  }

  /** What is kept for a repetition holds the seed of the token, never the token. */
  @Override
  public void createEnrolmentToken(
      CreateEnrolmentTokenRequest request, StreamObserver<CreateEnrolmentTokenResponse> observer) {
    Caller caller = CallContext.caller();
    ProjectId project = caller.project(request.getProjectId());
    Duration life =
        request.hasTimeToLive()
            ? Duration.ofSeconds(
                request.getTimeToLive().getSeconds(), request.getTimeToLive().getNanos())
            : DEFAULT_TOKEN_LIFE;
    CreateEnrolmentTokenResponse kept =
        requestIds.once(
            caller,
            ExecutorServiceGrpc.getCreateEnrolmentTokenMethod(),
            request.getRequestId(),
            request,
            () -> {
              EnrolmentService.NewToken made =
                  enrolments.createToken(project, request.getLabelsMap(), life, caller.actor());
              return CreateEnrolmentTokenResponse.newBuilder()
                  .setToken(made.seed())
                  .setExpireTime(CommonProtoMapper.timestamp(made.expireTime()))
                  .build();
            });
    observer.onNext(kept.toBuilder().setToken(enrolments.token(kept.getToken())).build());
    observer.onCompleted();
  }

  @Override
  public void getExecutor(
      GetExecutorRequest request, StreamObserver<GetExecutorResponse> observer) {
    Executor executor =
        executors.get(CallContext.caller().projectId(), executorId(request.getExecutorId()));
    observer.onNext(GetExecutorResponse.newBuilder().setExecutor(show(executor)).build());
    observer.onCompleted();
  }

  @Override
  public void listExecutors(
      ListExecutorsRequest request, StreamObserver<ListExecutorsResponse> observer) {
    var project = CallContext.caller().project(request.getProjectId());
    Page page =
        Page.of(
            request.getPageSize(),
            request.getPageToken(),
            "ListExecutors",
            project,
            request.getShowDeleted());
    ExecutorId before = page.after(ExecutorId::parse).orElse(null);
    List<Executor> found = executors.list(project, request.getShowDeleted(), before, page.limit());
    List<ExecutorId> ids = page.rows(found).map(Executor::id).toList();
    var used = executors.used(ids);
    var unsaved = executors.unsaved(ids);
    var response =
        ListExecutorsResponse.newBuilder().setNextPageToken(page.next(found, Executor::id));
    page.rows(found)
        .map(e ->
            ExecutorProtoMapper.executor(
                e, used.getOrDefault(e.id(), Capacity.NONE), unsaved.getOrDefault(e.id(), 0)))
        .forEach(response::addExecutors);
    observer.onNext(response.build());
    observer.onCompleted();
  }

  @Override
  public void cordonExecutor(
      CordonExecutorRequest request, StreamObserver<CordonExecutorResponse> observer) {
    Caller caller = CallContext.caller();
    ExecutorId id = executorId(request.getExecutorId());
    requestIds.answer(
        ExecutorServiceGrpc.getCordonExecutorMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            CordonExecutorResponse.newBuilder()
                .setExecutor(show(executors.cordon(caller.projectId(), id, caller.actor())))
                .build());
  }

  @Override
  public void uncordonExecutor(
      UncordonExecutorRequest request, StreamObserver<UncordonExecutorResponse> observer) {
    Caller caller = CallContext.caller();
    ExecutorId id = executorId(request.getExecutorId());
    requestIds.answer(
        ExecutorServiceGrpc.getUncordonExecutorMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            UncordonExecutorResponse.newBuilder()
                .setExecutor(show(executors.uncordon(caller.projectId(), id, caller.actor())))
                .build());
  }

  @Override
  public void drainExecutor(
      DrainExecutorRequest request, StreamObserver<DrainExecutorResponse> observer) {
    Caller caller = CallContext.caller();
    ExecutorId id = executorId(request.getExecutorId());
    requestIds.answer(
        ExecutorServiceGrpc.getDrainExecutorMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            DrainExecutorResponse.newBuilder()
                .setExecutor(show(executors.drain(caller.projectId(), id, caller.actor())))
                .build());
  }

  @Override
  public void deleteExecutor(
      DeleteExecutorRequest request, StreamObserver<DeleteExecutorResponse> observer) {
    Caller caller = CallContext.caller();
    ExecutorId id = executorId(request.getExecutorId());
    requestIds.answer(
        ExecutorServiceGrpc.getDeleteExecutorMethod(),
        request.getRequestId(),
        request,
        observer,
        () ->
            DeleteExecutorResponse.newBuilder()
                .setExecutor(
                    show(
                        deletion.delete(
                            caller.projectId(), id, caller.actor(), request.getForce())))
                .build());
  }

  private dev.berth.v1.Executor show(Executor executor) {
    List<ExecutorId> one = List.of(executor.id());
    return ExecutorProtoMapper.executor(
        executor,
        executors.used(one).getOrDefault(executor.id(), Capacity.NONE),
        executors.unsaved(one).getOrDefault(executor.id(), 0));
  }

  private static ExecutorId executorId(String text) {
    return Fields.id("executor_id", text, ExecutorId::parse);
  }

  @Override
  public void listWorkers(
      ListWorkersRequest request, StreamObserver<ListWorkersResponse> observer) {
    var project = CallContext.caller().project(request.getProjectId());
    var filter =
        new WorkerFilter(
            project,
            request.getSessionId().isEmpty()
                ? null
                : Fields.id("session_id", request.getSessionId(), SessionId::parse),
            request.getExecutorId().isEmpty() ? null : executorId(request.getExecutorId()),
            request.getShowRemoved());
    Page page = Page.of(request.getPageSize(), request.getPageToken(), "ListWorkers", filter);
    WorkerId before = page.after(WorkerId::parse).orElse(null);
    List<Worker> found = workers.list(filter, before, page.limit());
    var response = ListWorkersResponse.newBuilder().setNextPageToken(page.next(found, Worker::id));
    var disk = workers.diskUsed(found);
    page.rows(found)
        .map(w -> WorkerProtoMapper.worker(w, disk.getOrDefault(w.id(), 0L)))
        .forEach(response::addWorkers);
    observer.onNext(response.build());
    observer.onCompleted();
  }

  @Override
  public void getWorker(GetWorkerRequest request, StreamObserver<GetWorkerResponse> observer) {
    WorkerId id = Fields.id("worker_id", request.getWorkerId(), WorkerId::parse);
    Worker worker = workers.get(CallContext.caller().projectId(), id);
    long disk = workers.diskUsed(List.of(worker)).getOrDefault(id, 0L);
    observer.onNext(
        GetWorkerResponse.newBuilder().setWorker(WorkerProtoMapper.worker(worker, disk)).build());
    observer.onCompleted();
  }
}

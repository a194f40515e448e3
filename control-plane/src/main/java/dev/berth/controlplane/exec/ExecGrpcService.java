package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.relay.CallThreads;
import dev.berth.controlplane.relay.MessageStream;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecRequest;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.ExecServiceGrpc;
import dev.berth.v1.GetExecRequest;
import dev.berth.v1.GetExecResponse;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.ListExecsResponse;
import dev.berth.v1.SendExecInputRequest;
import dev.berth.v1.SendExecInputResponse;
import dev.berth.v1.SignalExecRequest;
import dev.berth.v1.SignalExecResponse;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.StartExecResponse;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchExecResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;

/** Serves {@code berth.v1.ExecService}. */
@Singleton
final class ExecGrpcService extends ExecServiceGrpc.ExecServiceImplBase {

  private final ExecService execs;
  private final RequestIds requests;
  private final CallThreads threads;

  ExecGrpcService(ExecService execs, RequestIds requests, CallThreads threads) {
    this.execs = execs;
    this.requests = requests;
    this.threads = threads;
  }

  private static ExecId id(String text) {
    return Fields.id("exec_id", text, ExecId::parse);
  }

  @Override
  public void startExec(StartExecRequest request, StreamObserver<StartExecResponse> responses) {
    MessageStream<?, StartExecResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(call, () -> call.write(start(caller, request)));
  }

  private StartExecResponse start(Caller caller, StartExecRequest request)
      throws InterruptedException {
    SessionId session = Fields.id("session_id", request.getSessionId(), SessionId::parse);
    Exec.Spec spec = ExecProtoMapper.spec(request);
    return requests.onceAfter(
        caller,
        ExecServiceGrpc.getStartExecMethod(),
        request.getRequestId(),
        request,
        () -> execs.ready(caller, session),
        worker ->
            StartExecResponse.newBuilder()
                .setExec(ExecProtoMapper.exec(execs.start(caller, worker, spec)))
                .build());
  }

  @Override
  public void getExec(GetExecRequest request, StreamObserver<GetExecResponse> responses) {
    Exec exec = execs.find(CallContext.caller().projectId(), id(request.getExecId()));
    responses.onNext(GetExecResponse.newBuilder().setExec(ExecProtoMapper.exec(exec)).build());
    responses.onCompleted();
  }

  @Override
  public void listExecs(ListExecsRequest request, StreamObserver<ListExecsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    SessionId session =
        request.getSessionId().isEmpty()
            ? null
            : Fields.id("session_id", request.getSessionId(), SessionId::parse);
    Page page =
        Page.of(
            request.getPageSize(),
            request.getPageToken(),
            "ListExecs",
            project,
            request.getSessionId(),
            request.getActive());
    ExecId before = page.after(ExecId::parse).orElse(null);
    List<Exec> found = execs.list(project, session, request.getActive(), before, page.limit());
    var response = ListExecsResponse.newBuilder().setNextPageToken(page.next(found, Exec::id));
    page.rows(found).map(ExecProtoMapper::exec).forEach(response::addExecs);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void watchExec(WatchExecRequest request, StreamObserver<WatchExecResponse> responses) {
    MessageStream<?, WatchExecResponse> call = MessageStream.answer(responses);
    ExecStream stream = stream(CallContext.caller());
    threads.serve(
        call, () -> stream.watch(id(request.getExecId()), ExecProtoMapper.attach(request), call));
  }

  @Override
  public void sendExecInput(
      SendExecInputRequest request, StreamObserver<SendExecInputResponse> responses) {
    hand(
        request.getExecId(),
        request.getInput(),
        SendExecInputResponse.getDefaultInstance(),
        responses);
  }

  @Override
  public void signalExec(SignalExecRequest request, StreamObserver<SignalExecResponse> responses) {
    hand(
        request.getExecId(),
        ExecInput.newBuilder().setInputId("signal").setSignal(request.getSignal()).build(),
        SignalExecResponse.getDefaultInstance(),
        responses);
  }

  /** Answers once the executor has taken the input. */
  private <T> void hand(String exec, ExecInput input, T answer, StreamObserver<T> responses) {
    MessageStream<?, T> call = MessageStream.answer(responses);
    ExecStream stream = stream(CallContext.caller());
    threads.serve(
        call,
        () -> {
          stream.send(id(exec), input);
          call.write(answer);
        });
  }

  private ExecStream stream(Caller caller) {
    return new ExecStream(execs, caller.projectId(), threads);
  }

  @Override
  public StreamObserver<ExecRequest> exec(StreamObserver<ExecResponse> responses) {
    MessageStream<ExecRequest, ExecResponse> call = MessageStream.accept(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          ExecRequest first = call.read().orElseGet(ExecRequest::getDefaultInstance);
          ExecStream stream = stream(caller);
          switch (first.getMessageCase()) {
            case START -> {
              var exec = start(caller, first.getStart()).getExec();
              call.write(ExecResponse.newBuilder().setExec(exec).build());
              stream.converse(id(exec.getId()), WatchExecRequest.getDefaultInstance(), call);
            }
            case ATTACH ->
                stream.converse(id(first.getAttach().getExecId()), first.getAttach(), call);
            case INPUT, MESSAGE_NOT_SET -> throw ExecErrors.firstMissing();
          }
        });
    return call.inbound();
  }
}

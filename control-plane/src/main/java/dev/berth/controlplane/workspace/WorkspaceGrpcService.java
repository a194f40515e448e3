package dev.berth.controlplane.workspace;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.manifest.PlanProtoMapper;
import dev.berth.controlplane.manifest.RestorePlan;
import dev.berth.controlplane.manifest.RestorePlans;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.PageTokens;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.controlplane.relay.CallThreads;
import dev.berth.controlplane.relay.MessageStream;
import dev.berth.controlplane.relay.Relay;
import dev.berth.controlplane.relay.RelayOperation;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.SessionView;
import dev.berth.controlplane.snapshot.SnapshotProtoMapper;
import dev.berth.v1.DeleteFileRequest;
import dev.berth.v1.DeleteFileResponse;
import dev.berth.v1.ExportCopyRequest;
import dev.berth.v1.ExportCopyResponse;
import dev.berth.v1.FileInfo;
import dev.berth.v1.ListFilesRequest;
import dev.berth.v1.ListFilesResponse;
import dev.berth.v1.MakeDirectoryRequest;
import dev.berth.v1.MakeDirectoryResponse;
import dev.berth.v1.MoveFileRequest;
import dev.berth.v1.MoveFileResponse;
import dev.berth.v1.PlanRestoreRequest;
import dev.berth.v1.PlanRestoreResponse;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PullResponse;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.ReadFileRequest;
import dev.berth.v1.ReadFileResponse;
import dev.berth.v1.SetFileModeRequest;
import dev.berth.v1.SetFileModeResponse;
import dev.berth.v1.StatFileRequest;
import dev.berth.v1.StatFileResponse;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.SyncWorkspaceResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import dev.berth.v1.WriteFileRequest;
import dev.berth.v1.WriteFileResponse;
import dev.berth.v1.WriteFileStreamRequest;
import dev.berth.v1.WriteFileStreamResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Serves {@code berth.v1.WorkspaceService}. */
@Singleton
final class WorkspaceGrpcService extends WorkspaceServiceGrpc.WorkspaceServiceImplBase {

  private static final int DEFAULT_PAGE = 200;

  private final WorkspaceService workspaces;
  private final RequestIds requests;
  private final SessionService sessions;
  private final RestorePlans plans;
  private final CallThreads threads;

  WorkspaceGrpcService(
      WorkspaceService workspaces,
      RequestIds requests,
      SessionService sessions,
      RestorePlans plans,
      CallThreads threads) {
    this.workspaces = workspaces;
    this.requests = requests;
    this.sessions = sessions;
    this.plans = plans;
    this.threads = threads;
  }

  private Relay open(Caller caller, String session, RelayOperation operation)
      throws InterruptedException {
    return workspaces.open(caller, Fields.id("session_id", session, SessionId::parse), operation);
  }

  @Override
  public void listFiles(ListFilesRequest request, StreamObserver<ListFilesResponse> responses) {
    MessageStream<?, ListFilesResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(call, () -> call.write(list(caller, request)));
  }

  private ListFilesResponse list(Caller caller, ListFilesRequest request)
      throws InterruptedException {
    PageTokens tokens =
        PageTokens.of("ListFiles", caller.projectId(), request.getSessionId(), request.getPath());
    int size = request.getPageSize() == 0 ? DEFAULT_PAGE : Fields.pageSize(request.getPageSize());
    Optional<List<String>> after = tokens.decode(request.getPageToken());
    ByteString name =
        after
            .map(key -> ByteString.copyFrom(Base64.getDecoder().decode(key.getFirst())))
            .orElse(ByteString.EMPTY);
    try (Relay relay =
        open(caller, request.getSessionId(), WorkspaceProtoMapper.list(request, size, name))) {
      TransferStream.Listing listing = TransferStream.listing(relay);
      var response = ListFilesResponse.newBuilder().addAllFiles(listing.files());
      if (listing.more() && !listing.files().isEmpty()) {
        ByteString last = WorkspaceProtoMapper.name(listing.files().getLast());
        response.setNextPageToken(
            tokens.encode(Base64.getEncoder().encodeToString(last.toByteArray())));
      }
      return response.build();
    }
  }

  @Override
  public void statFile(StatFileRequest request, StreamObserver<StatFileResponse> responses) {
    one(
        responses,
        request.getSessionId(),
        () -> WorkspaceProtoMapper.stat(request),
        file -> StatFileResponse.newBuilder().setFile(file).build());
  }

  @Override
  public void readFile(ReadFileRequest request, StreamObserver<ReadFileResponse> responses) {
    MessageStream<?, ReadFileResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          try (Relay relay =
              open(caller, request.getSessionId(), WorkspaceProtoMapper.read(request))) {
            TransferStream.read(relay, call);
          }
        });
  }

  @Override
  public void writeFile(WriteFileRequest request, StreamObserver<WriteFileResponse> responses) {
    MessageStream<?, WriteFileResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          try (Relay relay =
              open(caller, request.getSessionId(), WorkspaceProtoMapper.write(request))) {
            var bytes = List.of(request.getData()).iterator();
            FileInfo file =
                only(
                    TransferStream.upload(
                        relay,
                        () -> bytes.hasNext() ? Optional.of(bytes.next()) : Optional.empty(),
                        threads));
            call.write(WriteFileResponse.newBuilder().setFile(file).build());
          }
        });
  }

  @Override
  public StreamObserver<WriteFileStreamRequest> writeFileStream(
      StreamObserver<WriteFileStreamResponse> responses) {
    MessageStream<WriteFileStreamRequest, WriteFileStreamResponse> call =
        MessageStream.accept(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          var first = call.read().orElseGet(WriteFileStreamRequest::getDefaultInstance);
          if (!first.hasStart()) {
            throw WorkspaceErrors.startMissing();
          }
          var start = first.getStart();
          try (Relay relay =
              open(caller, start.getSessionId(), WorkspaceProtoMapper.write(start))) {
            FileInfo file =
                only(TransferStream.upload(relay, TransferStream.written(call), threads));
            call.write(WriteFileStreamResponse.newBuilder().setFile(file).build());
          }
        });
    return call.inbound();
  }

  @Override
  public void moveFile(MoveFileRequest request, StreamObserver<MoveFileResponse> responses) {
    one(
        responses,
        request.getSessionId(),
        () -> WorkspaceProtoMapper.move(request),
        file -> MoveFileResponse.newBuilder().setFile(file).build());
  }

  @Override
  public void makeDirectory(
      MakeDirectoryRequest request, StreamObserver<MakeDirectoryResponse> responses) {
    one(
        responses,
        request.getSessionId(),
        () -> WorkspaceProtoMapper.makeDirectory(request),
        file -> MakeDirectoryResponse.newBuilder().setFile(file).build());
  }

  @Override
  public void setFileMode(
      SetFileModeRequest request, StreamObserver<SetFileModeResponse> responses) {
    one(
        responses,
        request.getSessionId(),
        () -> WorkspaceProtoMapper.setMode(request),
        file -> SetFileModeResponse.newBuilder().setFile(file).build());
  }

  /** An operation that is answered with one file. */
  private <T> void one(
      StreamObserver<T> responses,
      String session,
      Supplier<RelayOperation> operation,
      Function<FileInfo, T> answer) {
    MessageStream<?, T> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          try (Relay relay = open(caller, session, operation.get())) {
            call.write(answer.apply(only(TransferStream.listing(relay))));
          }
        });
  }

  @Override
  public void deleteFile(DeleteFileRequest request, StreamObserver<DeleteFileResponse> responses) {
    MessageStream<?, DeleteFileResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          try (Relay relay =
              open(caller, request.getSessionId(), WorkspaceProtoMapper.delete(request))) {
            TransferStream.listing(relay);
            call.write(DeleteFileResponse.getDefaultInstance());
          }
        });
  }

  @Override
  public StreamObserver<PushRequest> push(StreamObserver<PushResponse> responses) {
    MessageStream<PushRequest, PushResponse> call = MessageStream.accept(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          PushRequest first = call.read().orElseGet(PushRequest::getDefaultInstance);
          if (!first.hasStart()) {
            throw WorkspaceErrors.startMissing();
          }
          try (Relay relay =
              open(
                  caller,
                  first.getStart().getSessionId(),
                  WorkspaceProtoMapper.push(first.getStart()))) {
            TransferStream.upload(relay, TransferStream.pushed(call), threads);
            call.write(
                PushResponse.newBuilder()
                    .setFileCount(relay.done().getFileCount())
                    .setBytes(relay.done().getBytes())
                    .build());
          }
        });
    return call.inbound();
  }

  @Override
  public void pull(PullRequest request, StreamObserver<PullResponse> responses) {
    MessageStream<?, PullResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          try (Relay relay =
              open(caller, request.getSessionId(), WorkspaceProtoMapper.pull(request))) {
            for (var data = relay.next(); data.isPresent(); data = relay.next()) {
              call.write(PullResponse.newBuilder().setData(data.get().getData()).build());
            }
          }
        });
  }

  @Override
  public void exportCopy(ExportCopyRequest request, StreamObserver<ExportCopyResponse> responses) {
    MessageStream<?, ExportCopyResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(
        call,
        () -> {
          SessionId session = Fields.id("session_id", request.getSessionId(), SessionId::parse);
          try (Relay relay = workspaces.export(caller, session, WorkspaceProtoMapper.export())) {
            for (var data = relay.next(); data.isPresent(); data = relay.next()) {
              call.write(ExportCopyResponse.newBuilder().setData(data.get().getData()).build());
            }
          }
        });
  }

  @Override
  public void planRestore(
      PlanRestoreRequest request, StreamObserver<PlanRestoreResponse> responses) {
    SessionId id = Fields.id("session_id", request.getSessionId(), SessionId::parse);
    SessionView view = sessions.get(CallContext.caller().projectId(), id);
    Session session = view.session();
    SnapshotId head = session.headSnapshotId();
    RestorePlan plan =
        plans.plan(session.projectId(), session.spec().manifest(), session.spec().image(), head);
    var response =
        PlanRestoreResponse.newBuilder()
            .setOmitted(plan.omitted())
            .setUnsavedWork(view.unsavedWork());
    if (head != null) {
      response.setHeadSnapshotId(head.toString());
    }
    plan.entries().stream().map(PlanProtoMapper::entry).forEach(response::addEntries);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void syncWorkspace(
      SyncWorkspaceRequest request, StreamObserver<SyncWorkspaceResponse> responses) {
    MessageStream<?, SyncWorkspaceResponse> call = MessageStream.answer(responses);
    Caller caller = CallContext.caller();
    threads.serve(call, () -> call.write(sync(caller, request)));
  }

  private SyncWorkspaceResponse sync(Caller caller, SyncWorkspaceRequest request)
      throws InterruptedException {
    SessionId session = Fields.id("session_id", request.getSessionId(), SessionId::parse);
    return requests.onceAfter(
        caller,
        WorkspaceServiceGrpc.getSyncWorkspaceMethod(),
        request.getRequestId(),
        request,
        () -> workspaces.sync(caller, session),
        snapshot ->
            SyncWorkspaceResponse.newBuilder()
                .setSnapshot(SnapshotProtoMapper.snapshot(snapshot))
                .build());
  }

  private static FileInfo only(TransferStream.Listing listing) {
    return listing.files().isEmpty() ? FileInfo.getDefaultInstance() : listing.files().getFirst();
  }
}

package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.code;
import static dev.berth.controlplane.testsupport.Statuses.detail;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.WatchEventsRequest;
import dev.berth.v1.WatchEventsResponse;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller may send, and what it is told when it is too much. */
final class BoundsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static ProjectServiceGrpc.ProjectServiceBlockingStub projects() {
    return ProjectServiceGrpc.newBlockingStub(berth.channel());
  }

  @ParameterizedTest
  @ValueSource(ints = {5 << 20, 9 << 20, 40 << 20})
  void aMessageThatIsTooLarge_isRefusedWithAReason_andNotToBeSentAgain(int bytes) {
    GetProjectRequest large =
        GetProjectRequest.newBuilder().setProjectId("x".repeat(bytes)).build();
    StatusRuntimeException status =
        refused(ErrorReason.MESSAGE_TOO_LARGE, () -> projects().getProject(large));
    assertThat(detail(status, RetryInfo.class)).isEmpty();
    refused(
        ErrorReason.MESSAGE_TOO_LARGE, () -> projects().withCompression("gzip").getProject(large));
    assertThat(projects().getProject(GetProjectRequest.getDefaultInstance()).hasProject()).isTrue();
  }

  @Test
  void aMessageThatIsTooLargeInAStream_endsIt_andItsHandler() throws Exception {
    var ended = new CompletableFuture<Throwable>();
    var requests =
        WorkspaceServiceGrpc.newStub(berth.channel())
            .push(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PushResponse response) {}

                  @Override
                  public void onError(Throwable failure) {
                    ended.complete(failure);
                  }

                  @Override
                  public void onCompleted() {
                    ended.complete(new AssertionError("accepted"));
                  }
                });
    requests.onNext(
        PushRequest.newBuilder().setData(ByteString.copyFrom(new byte[9 << 20])).build());
    Throwable failure = ended.get(20, TimeUnit.SECONDS);
    refused(
        ErrorReason.MESSAGE_TOO_LARGE,
        () -> {
          throw failure;
        });
  }

  @Test
  void metadataOfTenKibibytes_isRefusedWithAReason_andTheServerServesOn() {
    refused(
        ErrorReason.MESSAGE_TOO_LARGE,
        () -> with("x".repeat(10 << 10)).getProject(GetProjectRequest.getDefaultInstance()));
    assertThat(projects().getProject(GetProjectRequest.getDefaultInstance()).hasProject()).isTrue();
  }

  @Test
  void metadataOfFortyKibibytes_isCutByTheTransport_andTheServerServesOn() {
    assertThat(
            code(() ->
                with("x".repeat(40 << 10)).getProject(GetProjectRequest.getDefaultInstance())))
        .isIn(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED);
    assertThat(projects().getProject(GetProjectRequest.getDefaultInstance()).hasProject()).isTrue();
  }

  private static ProjectServiceGrpc.ProjectServiceBlockingStub with(String metadata) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), metadata);
    return ProjectServiceGrpc.newBlockingStub(
        ClientInterceptors.intercept(
            berth.channel(), MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  @Test
  void aMessageOfAnotherMethod_isAnInvalidArgument() {
    MethodDescriptor<byte[], byte[]> bytes =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(ProjectServiceGrpc.getGetProjectMethod().getFullMethodName())
            .setRequestMarshaller(new Raw())
            .setResponseMarshaller(new Raw())
            .build();
    assertThat(
            code(() ->
                ClientCalls.blockingUnaryCall(
                    berth.channel(), bytes, CallOptions.DEFAULT, new byte[] {10, 127, 1})))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void aFieldOutOfItsRules_isNamed() {
    StatusRuntimeException status =
        refused(
            ErrorReason.FIELD_INVALID,
            () ->
                projects().listProjects(ListProjectsRequest.newBuilder().setPageSize(-1).build()));
    assertThat(detail(status, BadRequest.class).orElseThrow().getFieldViolations(0).getField())
        .isEqualTo("page_size");
  }

  @Test
  void aForeignPageToken_isInvalid() {
    for (String token : new String[] {"x", "AAAA", PageTokens.of("ListRuns").encode("a")}) {
      refused(
          ErrorReason.PAGE_TOKEN_INVALID,
          () ->
              projects()
                  .listProjects(ListProjectsRequest.newBuilder().setPageToken(token).build()));
    }
  }

  @Test
  void whoResetsStreamsAgainAndAgain_isCutOff_andMayComeAnew() throws Exception {
    try (BerthServer strict =
        BerthServer.create()
            .withoutReconcilers()
            .with("berth.bounds.max-resets-per-window", 20)
            .start()) {
      SessionServiceGrpc.newBlockingStub(strict.channel())
          .createSession(CreateSessionRequest.getDefaultInstance());
      var events = EventServiceGrpc.newStub(strict.channel());
      var cut = new CompletableFuture<Throwable>();
      events.watchEvents(WatchEventsRequest.getDefaultInstance(), new Watcher(() -> {}, cut));
      for (int i = 0; i < 60 && !cut.isDone(); i++) {
        resetOneThatIsServed(events);
      }
      assertThat(Status.fromThrowable(cut.get(20, TimeUnit.SECONDS)).getCode())
          .isIn(Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED);
      assertThat(
              ProjectServiceGrpc.newBlockingStub(strict.channel())
                  .getProject(GetProjectRequest.getDefaultInstance())
                  .hasProject())
          .isTrue();
    }
  }

  /** A stream that ends before its server heard of it would not be reset, only never begun. */
  private static void resetOneThatIsServed(EventServiceGrpc.EventServiceStub events)
      throws Exception {
    var served = new CountDownLatch(1);
    var ended = new CompletableFuture<Throwable>();
    ended.thenRun(served::countDown);
    var context = io.grpc.Context.current().withCancellation();
    context.run(() ->
        events.watchEvents(
            WatchEventsRequest.newBuilder().setAfterCursor("start").build(),
            new Watcher(served::countDown, ended)));
    assertThat(served.await(20, TimeUnit.SECONDS)).isTrue();
    context.close();
    assertThat(ended.get(20, TimeUnit.SECONDS)).isNotNull();
  }

  private record Watcher(Runnable answered, CompletableFuture<Throwable> end)
      implements StreamObserver<WatchEventsResponse> {
    @Override
    public void onNext(WatchEventsResponse answer) {
      answered.run();
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(failure);
    }

    @Override
    public void onCompleted() {
      end.complete(new AssertionError("ended in order"));
    }
  }
}

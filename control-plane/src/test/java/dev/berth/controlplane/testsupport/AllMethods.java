package dev.berth.controlplane.testsupport;

import com.google.protobuf.Message;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.ReplicaServiceGrpc;
import dev.berth.v1.ArtifactServiceGrpc;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ExecServiceGrpc;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.PoolServiceGrpc;
import dev.berth.v1.ProjectServiceGrpc;
import dev.berth.v1.QueueServiceGrpc;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.SeedSetServiceGrpc;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SnapshotServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WorkspaceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every RPC there is, for tests that walk them, and a way to call any of them. */
public final class AllMethods {

  private AllMethods() {}

  public static Stream<MethodDescriptor<?, ?>> ofPublicListener() {
    return Stream.of(
            SystemServiceGrpc.getServiceDescriptor(),
            ProjectServiceGrpc.getServiceDescriptor(),
            SessionServiceGrpc.getServiceDescriptor(),
            WorkspaceServiceGrpc.getServiceDescriptor(),
            ExecServiceGrpc.getServiceDescriptor(),
            SnapshotServiceGrpc.getServiceDescriptor(),
            SecretServiceGrpc.getServiceDescriptor(),
            SeedSetServiceGrpc.getServiceDescriptor(),
            ArtifactServiceGrpc.getServiceDescriptor(),
            RunInputServiceGrpc.getServiceDescriptor(),
            RunServiceGrpc.getServiceDescriptor(),
            PoolServiceGrpc.getServiceDescriptor(),
            QueueServiceGrpc.getServiceDescriptor(),
            EventServiceGrpc.getServiceDescriptor(),
            ExecutorServiceGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream());
  }

  public static Stream<MethodDescriptor<?, ?>> ofExecutorListener() {
    return List.of(
            ExecutorLinkServiceGrpc.getServiceDescriptor(),
            ReplicaServiceGrpc.getServiceDescriptor())
        .stream()
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream());
  }

  /** The proto of a method. */
  public static com.google.protobuf.Descriptors.MethodDescriptor proto(
      MethodDescriptor<?, ?> method) {
    return ((ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor()))
        .getMethodDescriptor();
  }

  /**
   * Calls with one message and half-closes.
   *
   * @param request null for an empty one
   * @return the first answer; an empty stream's is null
   * @throws StatusRuntimeException as the call ended
   */
  @SuppressWarnings("unchecked")
  public static @Nullable Message call(
      Channel channel, MethodDescriptor<?, ?> method, @Nullable Message request) {
    MethodDescriptor<Message, Message> typed = (MethodDescriptor<Message, Message>) method;
    Message message =
        request == null
            ? typed.parseRequest(new java.io.ByteArrayInputStream(new byte[0]))
            : request;
    CompletableFuture<Message> first = new CompletableFuture<>();
    ClientCall<Message, Message> call =
        channel.newCall(typed, CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS));
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(Message answer) {
            first.complete(answer);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
              first.complete(null);
            } else {
              first.completeExceptionally(new StatusRuntimeException(status, trailers));
            }
          }
        },
        new Metadata());
    call.request(1);
    try {
      call.sendMessage(message);
      call.halfClose();
      return first.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (StatusRuntimeException) Objects.requireNonNull(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(method.getFullMethodName(), e);
    } finally {
      call.cancel("done", null);
    }
  }
}

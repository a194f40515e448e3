package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.controlplane.platform.config.LeaseConfig;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.executor.v1.CommitArtifactRequest;
import dev.berth.executor.v1.CommitArtifactResponse;
import dev.berth.executor.v1.CommitSnapshotRequest;
import dev.berth.executor.v1.CommitSnapshotResponse;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.CreateArtifactUploadRequest;
import dev.berth.executor.v1.CreateArtifactUploadResponse;
import dev.berth.executor.v1.CreateTransferUrlsRequest;
import dev.berth.executor.v1.CreateTransferUrlsResponse;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.EnrollResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.net.SocketAddress;

/** ExecutorLinkService: what executor agents call. It knows whom by the credential alone. */
@Singleton
final class ExecutorLinkGrpcService implements BindableService {
  private static final Context.Key<SocketAddress> PEER = Context.key("berth-peer");

  private final ConnectStream.Parts parts;
  private final EnrolmentService enrolments;

  ExecutorLinkGrpcService(
      LinkService links,
      LinkPorts ports,
      Notifications notifications,
      Draining draining,
      LeaseConfig lease,
      EnrolmentService enrolments) {
    this.parts = new ConnectStream.Parts(links, ports, notifications, draining, lease);
    this.enrolments = enrolments;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(new Service(), new PeerInterceptor());
  }

  private static ExecutorId executor() {
    return ExecutorId.parse(CallContext.caller().principal().id());
  }

  private final class Service extends ExecutorLinkServiceGrpc.ExecutorLinkServiceImplBase {
    @Override
    public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> observer) {
      parts.links().requireStoreReachable(PEER.get());
      Principal token = CallContext.caller().principal();
      EnrolmentService.Enrolled enrolled =
          enrolments.enroll(token, request.getEnrolmentId(), request.getName());
      observer.onNext(
          EnrollResponse.newBuilder()
              .setExecutorId(enrolled.executor().toString())
              .setProjectId(token.projectId().toString())
              .setCredential(enrolled.credential())
              .setInstallationId(enrolled.installation().toString())
              .build());
      observer.onCompleted();
    }

    @Override
    public StreamObserver<ConnectRequest> connect(StreamObserver<ConnectResponse> observer) {
      parts.links().requireStoreReachable(PEER.get());
      return new ConnectStream(executor(), parts, observer);
    }

    @Override
    public StreamObserver<PublishEventsRequest> publishEvents(
        StreamObserver<PublishEventsResponse> observer) {
      return parts.ports().runs().publishEvents(executor(), observer);
    }

    @Override
    public StreamObserver<ReportAttemptsRequest> reportAttempts(
        StreamObserver<ReportAttemptsResponse> observer) {
      return parts.ports().runs().reportAttempts(executor(), observer);
    }

    @Override
    public StreamObserver<RelayRequest> relay(StreamObserver<RelayResponse> observer) {
      return parts.ports().relays().relay(executor(), observer);
    }

    @Override
    public void createTransferUrls(
        CreateTransferUrlsRequest request, StreamObserver<CreateTransferUrlsResponse> observer) {
      observer.onNext(parts.ports().snapshots().createTransferUrls(executor(), request));
      observer.onCompleted();
    }

    @Override
    public void commitSnapshot(
        CommitSnapshotRequest request, StreamObserver<CommitSnapshotResponse> observer) {
      observer.onNext(parts.ports().snapshots().commitSnapshot(executor(), request));
      observer.onCompleted();
    }

    @Override
    public void createArtifactUpload(
        CreateArtifactUploadRequest request,
        StreamObserver<CreateArtifactUploadResponse> observer) {
      observer.onNext(parts.ports().artifacts().createUpload(executor(), request));
      observer.onCompleted();
    }

    @Override
    public void commitArtifact(
        CommitArtifactRequest request, StreamObserver<CommitArtifactResponse> observer) {
      observer.onNext(parts.ports().artifacts().commit(executor(), request));
      observer.onCompleted();
    }
  }

  /** Leaves the caller's address where the handlers find it. */
  private static final class PeerInterceptor implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      SocketAddress peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      return Contexts.interceptCall(Context.current().withValue(PEER, peer), call, headers, next);
    }
  }
}

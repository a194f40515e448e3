package dev.berth.controlplane.system;

import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.v1.GetServerInfoRequest;
import dev.berth.v1.GetServerInfoResponse;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WhoAmIRequest;
import dev.berth.v1.WhoAmIResponse;
import io.grpc.stub.StreamObserver;
import io.micronaut.grpc.annotation.GrpcService;
import java.util.Locale;

@GrpcService
final class SystemGrpcService extends SystemServiceGrpc.SystemServiceImplBase {
  private final ServerInfo info;

  SystemGrpcService(ServerInfo info) {
    this.info = info;
  }

  @Override
  public void getServerInfo(
      GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> observer) {
    observer.onNext(
        GetServerInfoResponse.newBuilder()
            .setVersion(info.version())
            .setInstallationId(info.installationId().toString())
            .setReplicaId(info.replicaId().toString())
            .setDatabase(info.databaseEmbedded() ? "embedded" : "external")
            .setObjectStore(info.storeEmbedded() ? "embedded" : "external")
            .setLeaseMs(info.lease().toMillis())
            .build());
    observer.onCompleted();
  }

  @Override
  public void whoAmI(WhoAmIRequest request, StreamObserver<WhoAmIResponse> observer) {
    Caller caller = CallContext.caller();
    observer.onNext(
        WhoAmIResponse.newBuilder()
            .setActor(CommonProtoMapper.actor(caller.actor()))
            .setProjectId(caller.projectId().toString())
            .setRole(caller.principal().role().name().toLowerCase(Locale.ROOT))
            .build());
    observer.onCompleted();
  }
}

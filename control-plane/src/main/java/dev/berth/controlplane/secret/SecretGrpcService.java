package dev.berth.controlplane.secret;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.grpc.CallContext;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.platform.grpc.Page;
import dev.berth.controlplane.platform.grpc.RequestIds;
import dev.berth.v1.DeleteSecretRequest;
import dev.berth.v1.DeleteSecretResponse;
import dev.berth.v1.ListSecretsRequest;
import dev.berth.v1.ListSecretsResponse;
import dev.berth.v1.SecretServiceGrpc;
import dev.berth.v1.SetSecretRequest;
import dev.berth.v1.SetSecretResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SecretService of the API. */
@Singleton
final class SecretGrpcService extends SecretServiceGrpc.SecretServiceImplBase {
  private final SecretService secrets;
  private final RequestIds requestIds;

  SecretGrpcService(SecretService secrets, RequestIds requestIds) {
    this.secrets = secrets;
    this.requestIds = requestIds;
  }

  @Override
  public void setSecret(SetSecretRequest request, StreamObserver<SetSecretResponse> responses) {
    Caller caller = CallContext.caller();
    Fields.requireNoNul("value", request.getValue());
    Secret.Name name =
        name(caller, request.getProjectId(), request.getSessionId(), request.getName());
    secrets.requireOwner(name);
    // What is remembered of the request must not help to guess its value.
    SetSecretRequest remembered =
        request.toBuilder().setValue(secrets.fingerprint(request.getValue())).build();
    requestIds.answer(
        SecretServiceGrpc.getSetSecretMethod(),
        request.getRequestId(),
        remembered,
        responses,
        () ->
            SetSecretResponse.newBuilder()
                .setSecret(SecretProtoMapper.secret(secrets.set(caller, name, request.getValue())))
                .build());
  }

  @Override
  public void listSecrets(
      ListSecretsRequest request, StreamObserver<ListSecretsResponse> responses) {
    ProjectId project = CallContext.caller().project(request.getProjectId());
    SessionId session = session(request.getSessionId());
    Page page =
        Page.of(
            request.getPageSize(),
            request.getPageToken(),
            "ListSecrets",
            project,
            request.getSessionId());
    List<Secret> found =
        secrets.list(project, session, page.after(name -> name).orElse(""), page.limit());
    var response =
        ListSecretsResponse.newBuilder()
            .setNextPageToken(page.next(found, secret -> secret.name().text()));
    page.rows(found).map(SecretProtoMapper::secret).forEach(response::addSecrets);
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void deleteSecret(
      DeleteSecretRequest request, StreamObserver<DeleteSecretResponse> responses) {
    Caller caller = CallContext.caller();
    Fields.requireNoNul("name", request.getName());
    Secret.Name name =
        name(caller, request.getProjectId(), request.getSessionId(), request.getName());
    secrets.requireOwner(name);
    requestIds.answer(
        SecretServiceGrpc.getDeleteSecretMethod(),
        request.getRequestId(),
        request,
        responses,
        () -> {
          secrets.delete(caller, name);
          return DeleteSecretResponse.getDefaultInstance();
        });
  }

  private static Secret.Name name(Caller caller, String project, String session, String text) {
    return new Secret.Name(caller.project(project), session(session), text);
  }

  private static @Nullable SessionId session(String text) {
    return text.isEmpty() ? null : Fields.id("session_id", text, SessionId::parse);
  }
}

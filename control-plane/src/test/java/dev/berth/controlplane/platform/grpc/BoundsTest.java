package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.code;
import static dev.berth.controlplane.testsupport.Statuses.detail;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.GetProjectRequest;
import dev.berth.v1.ListProjectsRequest;
import dev.berth.v1.ProjectServiceGrpc;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a caller may send, and what it is told when it is too much. */
final class BoundsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static ProjectServiceGrpc.ProjectServiceBlockingStub projects() {
    return ProjectServiceGrpc.newBlockingStub(berth.channel());
  }

  @Test
  void aMessageOfFiveMebibytes_isResourceExhausted_withoutRetry() {
    GetProjectRequest large =
        GetProjectRequest.newBuilder().setProjectId("x".repeat(5 << 20)).build();
    StatusRuntimeException status =
        refused(ErrorReason.MESSAGE_TOO_LARGE, () -> projects().getProject(large));
    assertThat(detail(status, RetryInfo.class)).isEmpty();
  }

  @Test
  void aMessageOfNineMebibytes_isCutByTheTransport() {
    GetProjectRequest large =
        GetProjectRequest.newBuilder().setProjectId("x".repeat(9 << 20)).build();
    assertThat(code(() -> projects().getProject(large))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void metadataOfTenKibibytes_isRefused_andTheServerServesOn() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(10 << 10));
    var large =
        ProjectServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(
                berth.channel(), MetadataUtils.newAttachHeadersInterceptor(headers)));
    assertThatThrownBy(() -> large.getProject(GetProjectRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e ->
                assertThat(e.getStatus().getCode())
                    .isIn(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED));
    assertThat(projects().getProject(GetProjectRequest.getDefaultInstance()).hasProject()).isTrue();
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
  void aListenerBeyondLoopback_isRefusedWithoutTls() {
    try (BerthServer open = BerthServer.create().with("berth.listeners.public.host", "0.0.0.0")) {
      assertThatThrownBy(open::start)
          .rootCause()
          .hasMessageContaining("berth.listeners.public.tls-certificate");
    }
  }
}

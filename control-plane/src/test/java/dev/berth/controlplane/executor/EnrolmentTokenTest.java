package dev.berth.controlplane.executor;

import static dev.berth.sql.db.Tables.REQUEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.CreateEnrolmentTokenResponse;
import dev.berth.v1.ExecutorServiceGrpc;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tokens that enrol executors. */
final class EnrolmentTokenTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @Test
  void repeatedRequestId_answersTheSameToken_whichIsKeptNowhere() {
    var request = CreateEnrolmentTokenRequest.newBuilder().setRequestId("one").build();
    CreateEnrolmentTokenResponse first = create(request);
    assertThat(create(request)).isEqualTo(first);
    assertThat(create(request.toBuilder().setRequestId("two").build()).getToken())
        .isNotEqualTo(first.getToken());
    assertThat(berth.sql().fetch(REQUEST))
        .hasSize(2)
        .allSatisfy(row ->
            assertThat(new String(row.getResponse(), StandardCharsets.ISO_8859_1))
                .doesNotContain(first.getToken()));
    assertThat(enrol(first, "a")).startsWith("exr_").isEqualTo(enrol(first, "a"));
    Statuses.refused(ErrorReason.CREDENTIAL_INVALID, () -> enrol(first, "b"));
  }

  @Test
  void requestIdWithAnotherBody_isRefused_andWithoutOneEachTokenIsNew() {
    var request = CreateEnrolmentTokenRequest.newBuilder().setRequestId("reused");
    assertThat(create(request.build()).getToken()).isNotEmpty();
    Statuses.refused(
        ErrorReason.REQUEST_ID_REUSED, () -> create(request.putLabels("zone", "a").build()));
    var without = CreateEnrolmentTokenRequest.getDefaultInstance();
    assertThat(create(without).getToken()).isNotEqualTo(create(without).getToken());
  }

  private static CreateEnrolmentTokenResponse create(CreateEnrolmentTokenRequest request) {
    return ExecutorServiceGrpc.newBlockingStub(berth.channel()).createEnrolmentToken(request);
  }

  private static String enrol(CreateEnrolmentTokenResponse token, String digit) {
    return ExecutorLinkServiceGrpc.newBlockingStub(berth.executorChannel(token.getToken()))
        .enroll(EnrollRequest.newBuilder().setEnrolmentId(digit.repeat(32)).setName("host").build())
        .getExecutorId();
  }
}

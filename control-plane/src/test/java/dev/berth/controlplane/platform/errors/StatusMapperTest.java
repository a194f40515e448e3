package dev.berth.controlplane.platform.errors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import dev.berth.controlplane.testsupport.Statuses;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StatusMapperTest {
  private final StatusMapper mapper = new StatusMapper();

  private StatusRuntimeException map(Throwable failure) {
    return mapper.map(failure, "test");
  }

  @Test
  void reasons_areThoseOfTheProto() {
    assertThat(Arrays.stream(ErrorReason.values()).map(r -> "ERROR_REASON_" + r.name()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(dev.berth.v1.ErrorReason.values())
                .filter(r -> r != dev.berth.v1.ErrorReason.UNRECOGNIZED)
                .filter(r -> r != dev.berth.v1.ErrorReason.ERROR_REASON_UNSPECIFIED)
                .map(Enum::name)
                .toList());
  }

  @Test
  void permissions_areThoseOfTheProto() {
    assertThat(
            Arrays.stream(dev.berth.controlplane.platform.auth.Permission.values())
                .map(p -> "PERMISSION_" + p.name()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(dev.berth.v1.Permission.values())
                .filter(p -> p != dev.berth.v1.Permission.UNRECOGNIZED)
                .filter(p -> p != dev.berth.v1.Permission.PERMISSION_UNSPECIFIED)
                .map(Enum::name)
                .toList());
  }

  @ParameterizedTest
  @EnumSource
  void everyReason_becomesItsCode_withErrorInfo(ErrorReason reason) {
    StatusRuntimeException status = map(BerthException.of(reason, "why").with("id", "x"));
    assertThat(status.getStatus().getCode()).isEqualTo(reason.code());
    ErrorInfo info = Statuses.info(status).orElseThrow();
    assertThat(info.getReason()).isEqualTo(reason.name());
    assertThat(info.getDomain()).isEqualTo("berth.dev");
    assertThat(info.getMetadataMap()).containsEntry("id", "x");
  }

  @Test
  void details_sayFieldsResourceStateAndDelay() {
    assertThat(
            Statuses.detail(map(CommonErrors.fieldInvalid("name", "is bad")), BadRequest.class)
                .orElseThrow()
                .getFieldViolations(0)
                .getField())
        .isEqualTo("name");
    assertThat(
            Statuses.detail(
                    map(CommonErrors.nameTaken("session", "demo", "ses_1")), ResourceInfo.class)
                .orElseThrow()
                .getResourceName())
        .isEqualTo("ses_1");
    assertThat(
            Statuses.detail(
                    map(BerthException.of(ErrorReason.RUN_STATE, "the run is FAILED")),
                    PreconditionFailure.class)
                .orElseThrow()
                .getViolations(0)
                .getType())
        .isEqualTo("RUN_STATE");
    assertThat(
            Statuses.detail(
                    map(
                        BerthException.of(ErrorReason.QUOTA_REACHED, "full")
                            .retryAfter(Duration.ofMillis(1500))),
                    RetryInfo.class)
                .orElseThrow()
                .getRetryDelay()
                .getNanos())
        .isEqualTo(500_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "57P01", "57P03", "53300", "55P03", "57014", "25P03", "40P01"})
  void aDatabaseThatIsAway_isUnavailable_withRetryInfo(String state) {
    StatusRuntimeException status =
        map(new DataAccessException("select secret", new SQLException("secret", state)));
    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(Statuses.info(status).orElseThrow().getReason()).isEqualTo("DATABASE_UNAVAILABLE");
    assertThat(Statuses.detail(status, RetryInfo.class)).isPresent();
    assertThat(status.toString()).doesNotContain("secret");
  }

  @Test
  void anythingElse_isInternalWithAnIncident_andLeaksNothing() {
    StatusRuntimeException status =
        map(new IllegalStateException("password=secret", new SQLException("secret row", "23505")));
    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(status.getStatus().getCause()).isNull();
    assertThat(Statuses.info(status).orElseThrow().getMetadataMap().get("incident")).hasSize(16);
    assertThat(String.valueOf(status.getStatus()) + status.getTrailers()).doesNotContain("secret");
  }

  @Test
  void aStatusOfAnotherReplica_passesWithItsDetails() {
    StatusRuntimeException told = map(CommonErrors.draining());
    assertThat(map(new RuntimeException(told))).isSameAs(told);
  }
}

package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateRunResponse;
import dev.berth.v1.ErrorReason;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetSessionResponse;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.SessionServiceGrpc;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailuresTest {
  private static final String SESSION = "ses_00000000000000000000000000";

  @ParameterizedTest
  @EnumSource(
      value = ErrorReason.class,
      names = {"ERROR_REASON_UNSPECIFIED", "UNRECOGNIZED"},
      mode = EnumSource.Mode.EXCLUDE)
  void refusal_isSaidWithANextStep(ErrorReason reason) throws Exception {
    try (var shell = new Shell(refusing(Code.FAILED_PRECONDITION, reason))) {
      var result = shell.berth("session", "get", SESSION);

      assertThat(result.exitCode()).isEqualTo(ExitCode.CONFLICT.code());
      assertThat(result.out()).isEmpty();
      assertThat(result.err().lines()).hasSize(2).first().isEqualTo("berth: It is refused.");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Code.class,
      names = {"OK"},
      mode = EnumSource.Mode.EXCLUDE)
  void refusal_hasTheExitCodeOfItsStatus(Code code) throws Exception {
    try (var shell = new Shell(refusing(code, ErrorReason.ERROR_REASON_RESOURCE_NOT_FOUND))) {
      assertThat(shell.berth("session", "get", SESSION).exitCode())
          .isEqualTo(ExitCode.of(code).code())
          .isNotEqualTo(0)
          .isLessThan(ExitCode.RUN_FAILURE.code());
    }
  }

  @Test
  void fieldViolations_areNamed() throws Exception {
    var details =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder()
                    .setField("session_id")
                    .setDescription("must be an id"))
            .build();
    try (var shell = new Shell(throwing(status(Code.INVALID_ARGUMENT, details)))) {
      assertThat(shell.berth("session", "get", SESSION).err())
          .contains("session_id: must be an id");
    }
  }

  @Test
  void run_answers125ForBerthsOwnFailures() throws Exception {
    var refusing =
        new RunServiceGrpc.RunServiceImplBase() {
          @Override
          public void createRun(
              CreateRunRequest request, StreamObserver<CreateRunResponse> answer) {
            answer.onError(refusal(Code.NOT_FOUND, ErrorReason.ERROR_REASON_RESOURCE_NOT_FOUND));
          }
        };
    try (var shell = new Shell(refusing)) {
      assertThat(shell.berth("run", "-s", SESSION, "--", "true").exitCode()).isEqualTo(125);
    }
  }

  @Test
  void wrongUsage_isSaidWithExitCode2() throws Exception {
    try (var shell = new Shell()) {
      assertThat(shell.berth("session", "crate").exitCode()).isEqualTo(2);
      assertThat(shell.berth().exitCode()).isEqualTo(2);
      assertThat(shell.berth("session", "create", "--memory", "much").err())
          .contains("'much' is not a size");
    }
  }

  @Test
  void unreachableServer_isSaidInOneSentence() throws Exception {
    var shell = new Shell();
    shell.close();

    var result = shell.berth("session", "get", SESSION);

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.code());
    assertThat(result.err())
        .startsWith("berth: The control plane does not answer.")
        .doesNotContain("Exception");
  }

  private static SessionServiceGrpc.SessionServiceImplBase refusing(Code code, ErrorReason reason) {
    return throwing(refusal(code, reason));
  }

  private static SessionServiceGrpc.SessionServiceImplBase throwing(
      StatusRuntimeException refusal) {
    return new SessionServiceGrpc.SessionServiceImplBase() {
      @Override
      public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> answer) {
        answer.onError(refusal);
      }
    };
  }

  private static StatusRuntimeException refusal(Code code, ErrorReason reason) {
    String name = reason.name().substring("ERROR_REASON_".length());
    return status(code, ErrorInfo.newBuilder().setReason(name).setDomain("berth.dev").build());
  }

  private static StatusRuntimeException status(Code code, com.google.protobuf.Message detail) {
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(code.value())
            .setMessage("It is refused.")
            .addDetails(Any.pack(detail))
            .build());
  }
}

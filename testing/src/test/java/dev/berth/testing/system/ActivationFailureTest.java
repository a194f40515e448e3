package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.FieldMask;
import com.google.rpc.ErrorInfo;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.EndReason;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.UpdateSessionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A session that cannot be activated, and whoever wants to use it. */
class ActivationFailureTest {
  private static final String IMAGE = "berth/no-such-image:1";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @AutoClose private final Stack stack = Stack.start();

  @Test
  void anImageThatDoesNotExist_isToldByRunSessionAndFileCall_untilItIsCorrected() throws Exception {
    Client client = stack.client();
    SessionSpec spec = SessionSpec.newBuilder().setImage(IMAGE).build();
    String session = client.createSession("no-image", spec).getId();

    Run failed = client.awaitRun(client.createRun(session, "true").getId(), PATIENCE);
    assertThat(failed.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
    assertThat(failed.getEnd().getReason()).isEqualTo(EndReason.END_REASON_ACTIVATION_FAILED);
    assertThat(failed.getEnd().getMessage()).contains("IMAGE_NOT_FOUND", IMAGE);

    Session stopped = get(client, session);
    assertThat(stopped.getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(stopped.getStateReason()).isEqualTo("IMAGE_NOT_FOUND");
    assertThat(stopped.getStateMessage()).contains(IMAGE);

    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> new Workspace(client, session).stat("any"));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(
            Objects.requireNonNull(StatusProto.fromThrowable(refused))
                .getDetails(0)
                .unpack(ErrorInfo.class)
                .getReason())
        .isEqualTo("ACTIVATION_FAILED");
    assertThat(stack.berth("workspace", "stat", "no-image", "any").output())
        .contains("berth session watch");

    client
        .sessions()
        .updateSession(
            UpdateSessionRequest.newBuilder()
                .setSessionId(session)
                .setUpdateMask(FieldMask.newBuilder().addPaths("spec.image"))
                .build());
    assertThat(client.awaitRun(client.createRun(session, "true").getId(), PATIENCE).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(get(client, session).getStateReason()).isEmpty();
  }

  private static Session get(Client client, String session) {
    return client
        .sessions()
        .getSession(GetSessionRequest.newBuilder().setSessionId(session).build())
        .getSession();
  }
}

package dev.berth.cli.run;

import com.google.protobuf.ByteString;
import dev.berth.cli.connection.Backoff;
import dev.berth.cli.connection.Connection;
import dev.berth.cli.connection.Refusals;
import dev.berth.v1.ErrorReason;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.SendRunInputRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Gives a run input, one after the other and each once: one whose answer is lost, or that has no
 * room yet, is sent again under its id, with backoff from 100 ms to 5 s.
 */
final class InputSender {
  static final int BLOCK = 64 * 1024;

  private final Connection connection;
  private final String runId;
  private final String ids;
  private long sent;

  /**
   * @param ids what the ids of the inputs begin with; the same inputs under the same ids are given
   *     once
   */
  InputSender(Connection connection, String runId, String ids) {
    this.connection = connection;
    this.runId = runId;
    this.ids = ids;
  }

  /** Answers how the input stands once it is recorded. */
  RunInputAck send(RunInput.Builder input) {
    var request =
        SendRunInputRequest.newBuilder()
            .setRunId(runId)
            .setInput(input.setInputId(ids + "-" + sent++))
            .build();
    var backoff = new Backoff();
    while (true) {
      try {
        return connection.runInputs().sendRunInput(request).getAck();
      } catch (StatusRuntimeException e) {
        boolean passing =
            e.getStatus().getCode() == Status.Code.UNAVAILABLE
                || Refusals.reason(e)
                    .filter(ErrorReason.ERROR_REASON_RUN_INPUT_FULL::equals)
                    .isPresent();
        if (!passing || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        backoff.pause();
      }
    }
  }

  /** Sends all there is. */
  void sendAll(InputStream in) throws IOException {
    var block = new byte[BLOCK];
    for (int got = in.read(block); got >= 0; got = in.read(block)) {
      if (got > 0) {
        send(RunInput.newBuilder().setData(ByteString.copyFrom(block, 0, got)));
      }
    }
  }

  RunInputAck close() {
    return send(RunInput.newBuilder().setClose(RunInput.Close.getDefaultInstance()));
  }
}

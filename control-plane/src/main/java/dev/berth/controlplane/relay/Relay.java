package dev.berth.controlplane.relay;

import com.google.protobuf.ByteString;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.v1.ExecInput;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file operation on an executor, under way. What the executor says is read with {@link #next}
 * until that is empty; then {@link #done} has its sums. At most one thread reads and one sends;
 * {@link #cancel} and {@link #close} are for any.
 */
public final class Relay implements AutoCloseable {

  /** The most bytes one message carries. */
  static final int FRAME_BYTES = 64 << 10;

  private final Duplex<RelayRequest, RelayResponse> executor;
  private final Runnable afterwards;
  private RelayRequest.@Nullable Done done;
  private volatile boolean answered;

  Relay(Duplex<RelayRequest, RelayResponse> executor, Runnable afterwards) {
    this.executor = executor;
    this.afterwards = afterwards;
  }

  /**
   * The executor's next message but its first and last; empty once it is done. A failure it reports
   * is thrown as what it means to the client; an executor that goes away is EXECUTOR_UNREACHABLE.
   */
  public Optional<RelayRequest> next() throws InterruptedException {
    if (done != null) {
      return Optional.empty();
    }
    RelayRequest message = read();
    return switch (message.getMessageCase()) {
      case FILES, DATA, EXEC_OUTPUT, INPUT_ACK -> Optional.of(message);
      case DONE -> {
        answered = true;
        done = message.getDone();
        yield Optional.empty();
      }
      case FAILURE -> {
        answered = true;
        throw RelayErrors.of(message.getFailure());
      }
      case OPEN, MESSAGE_NOT_SET -> throw RelayErrors.unreachable();
    };
  }

  private RelayRequest read() throws InterruptedException {
    try {
      return executor.read().orElseThrow(RelayErrors::unreachable);
    } catch (StatusRuntimeException e) {
      throw RelayErrors.unreachable();
    }
  }

  /** Its sums; only after {@link #next} was empty. */
  public RelayRequest.Done done() {
    var sums = done;
    if (sums == null) {
      throw new IllegalStateException("not done yet");
    }
    return sums;
  }

  /** Sends bytes, in as many messages as they need; waits while the executor does not take them. */
  public void send(ByteString bytes) throws InterruptedException {
    for (int from = 0; from < bytes.size(); from += FRAME_BYTES) {
      int to = Math.min(bytes.size(), from + FRAME_BYTES);
      executor.write(RelayResponse.newBuilder().setData(bytes.substring(from, to)).build());
    }
  }

  /** Sends an input of an exec; waits while the executor does not take it. */
  public void send(ExecInput input) throws InterruptedException {
    executor.write(RelayResponse.newBuilder().setExecInput(input).build());
  }

  /**
   * Says that all bytes were sent; without it the executor takes the end for a client that left.
   */
  public void end() throws InterruptedException {
    executor.write(
        RelayResponse.newBuilder().setEnd(RelayResponse.End.getDefaultInstance()).build());
  }

  /** The client went away: ends the executor's stream now. */
  public void cancel() {
    executor.fail(Status.CANCELLED.withDescription("the client went away").asRuntimeException());
  }

  @Override
  public void close() {
    if (answered) {
      executor.complete();
    } else {
      cancel();
    }
    afterwards.run();
  }
}

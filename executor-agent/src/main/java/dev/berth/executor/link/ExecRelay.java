package dev.berth.executor.link;

import com.google.protobuf.UnsafeByteOperations;
import dev.berth.common.Id.ExecId;
import dev.berth.executor.container.ExecStreams;
import dev.berth.executor.exec.Attachment;
import dev.berth.executor.exec.ExecException;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.v1.FileOperation.AttachExec;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.worker.Failure;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecOutput;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client at an exec: output goes on the thread that calls, inputs are handed on by another, so
 * that a program that does not read its input still has its output read.
 */
final class ExecRelay {

  private static final Logger LOG = LoggerFactory.getLogger(ExecRelay.class);

  private final Execs execs;

  ExecRelay(Execs execs) {
    this.execs = execs;
  }

  /** Blocks until it is done, and says why it failed. The stream is half-closed when it returns. */
  @Nullable Failure serve(AttachExec order, RelayStream stream) throws RelayStream.GoneException {
    try {
      var attachment = execs.attach(ExecId.parse(order.getExecId()));
      if (order.getOnlyInput()) {
        hand(attachment, stream);
        stream.send(FileMapper.done(0, 0));
      } else {
        follow(attachment, order, stream);
      }
      return null;
    } catch (RelayStream.GoneException e) {
      throw e;
    } catch (ExecException e) {
      return told(e);
    } catch (IOException e) {
      LOG.warn("{} could not be served", order.getExecId(), e);
      return Failure.of(e);
    }
  }

  private static Failure told(ExecException e) {
    var message = String.valueOf(e.getMessage());
    return e.reason() == ExecException.Reason.EXEC_INPUT_FULL
        ? Failure.temporary(e.reason().name(), message)
        : Failure.permanent(e.reason().name(), message);
  }

  private static void follow(Attachment attachment, AttachExec order, RelayStream stream)
      throws IOException {
    var reader = Thread.currentThread();
    var refused = new AtomicReference<ExecException>();
    var inputs =
        Thread.ofVirtual()
            .name("exec-input")
            .start(() -> {
              try {
                handWhileItRuns(attachment, stream);
              } catch (ExecException e) {
                refused.set(e);
                reader.interrupt();
              } catch (RelayStream.GoneException e) {
                reader.interrupt();
              }
            });
    try {
      attachment.follow(
          order.getStdoutOffset(),
          order.getStderrOffset(),
          (from, offset, bytes, truncated) -> stream.send(output(from, offset, bytes, truncated)));
      stream.send(FileMapper.done(0, 0));
      stream.halfClose();
      inputs.join();
    } catch (InterruptedException e) {
      throw Objects.requireNonNullElse(
          refused.get(), new RelayStream.GoneException("the client went away", e));
    }
  }

  private static RelayRequest output(
      ExecStreams.Stream from, long offset, byte[] bytes, long truncated) {
    return RelayRequest.newBuilder()
        .setExecOutput(
            ExecOutput.newBuilder()
                .setStream(
                    from == ExecStreams.Stream.OUT
                        ? ExecOutput.Stream.STREAM_STDOUT
                        : ExecOutput.Stream.STREAM_STDERR)
                .setOffset(offset)
                .setTruncatedBytes(truncated)
                // a ring's answer is nobody else's
                .setData(UnsafeByteOperations.unsafeWrap(bytes)))
        .build();
  }

  /** One input after the other, until the client says that it sent all. */
  private static void hand(Attachment attachment, RelayStream stream) throws IOException {
    for (var message = stream.receive(); message != null; message = stream.receive()) {
      if (message.hasEnd()) {
        return;
      }
      hand(attachment, message.getExecInput());
      stream.send(ack(message.getExecInput()));
    }
    throw new RelayStream.GoneException("the client went away", null);
  }

  /**
   * Inputs of one who follows, until the stream ends. What comes after the end of the exec crossed
   * it on the way and goes nowhere.
   */
  private static void handWhileItRuns(Attachment attachment, RelayStream stream)
      throws ExecException, RelayStream.GoneException {
    for (var message = stream.receive(); message != null; message = stream.receive()) {
      if (message.hasExecInput()) {
        try {
          hand(attachment, message.getExecInput());
          stream.send(ack(message.getExecInput()));
        } catch (RelayStream.GoneException e) {
          throw e;
        } catch (ExecException e) {
          if (e.reason() == ExecException.Reason.EXEC_INPUT_FULL) {
            throw e;
          }
        } catch (IOException e) {
          LOG.debug("an input went nowhere", e);
        }
      }
    }
  }

  private static void hand(Attachment attachment, ExecInput input) throws IOException {
    switch (input.getInputCase()) {
      case DATA -> attachment.data(input.getInputId(), input.getData().toByteArray());
      case CLOSE -> attachment.close(input.getInputId());
      case RESIZE -> attachment.resize(input.getResize().getRows(), input.getResize().getColumns());
      case SIGNAL -> attachment.signal(input.getSignal());
      case INPUT_NOT_SET -> LOG.debug("an input of a later version");
    }
  }

  private static RelayRequest ack(ExecInput input) {
    return RelayRequest.newBuilder().setInputAck(input.getInputId()).build();
  }
}

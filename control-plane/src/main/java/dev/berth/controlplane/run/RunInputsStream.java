package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.loop.Signal;
import dev.berth.v1.RunInputAck;
import io.grpc.Context;
import io.grpc.Status;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of one attached client: records them one after the other on a thread of its own, and
 * tells which were recorded, delivered or refused. While too much waits for the run's process the
 * next input is not taken, so the client is held by the transport. Closing it leaves what is
 * recorded as it is.
 */
final class RunInputsStream implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(15);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Consumer<RunInputAck> tell;
  private final Runnable next;
  private final Queue<RunInput> taken = new ConcurrentLinkedQueue<>();
  private final Signal wake = new Signal();
  private final Set<String> undelivered = new LinkedHashSet<>();
  private volatile @Nullable RuntimeException failure;
  private volatile boolean closed;

  /**
   * @param tell must not block
   * @param next asks the transport for one input more
   */
  RunInputsStream(Consumer<RunInputAck> tell, Runnable next) {
    this.tell = tell;
    this.next = next;
  }

  void take(RunInput input) {
    taken.add(input);
    wake.raise();
  }

  RunInputsStream start(Caller caller, RunId run, RunInputs inputs) {
    Thread thread =
        Thread.ofVirtual()
            .name("inputs " + run)
            .start(Context.current().wrap(() -> serve(caller, run, inputs)));
    assert thread.isVirtual();
    return this;
  }

  @Override
  public void close() {
    closed = true;
    wake.raise();
  }

  /** Throws what keeps inputs from being recorded: the client attaches again. */
  void requireHealthy() {
    RuntimeException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  private void serve(Caller caller, RunId run, RunInputs inputs) {
    try (Notifications.Subscription hints = inputs.onChange(run, wake::raise)) {
      assert hints != null;
      while (!closed) {
        RunInput input = taken.poll();
        if (input == null) {
          boolean hinted = wake.await(undelivered.isEmpty() ? IDLE : LOOK_AGAIN);
          tellDelivered(run, inputs);
          assert hinted || !closed || undelivered.isEmpty();
        } else {
          record(caller, run, inputs, input);
          next.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
      tell.accept(RunInputAck.getDefaultInstance());
    }
  }

  private void record(Caller caller, RunId run, RunInputs inputs, RunInput input)
      throws InterruptedException {
    while (!closed) {
      try {
        RunInput.Standing standing = inputs.record(caller.projectId(), run, caller.actor(), input);
        tell.accept(RunInputProtoMapper.ack(input.id(), standing));
        if (!standing.given()
            && standing.failure().isEmpty()
            && input.kind() != RunInput.Kind.CANCEL) {
          undelivered.add(input.id());
        }
        return;
      } catch (BerthException e) {
        if (e.reason() == ErrorReason.RUN_INPUT_FULL) {
          boolean hinted = wake.await(LOOK_AGAIN);
          tellDelivered(run, inputs);
          assert hinted || !closed;
        } else if (e.reason().code() == Status.Code.UNAVAILABLE) {
          throw e;
        } else {
          tell.accept(RunInputProtoMapper.refused(input.id(), e));
          return;
        }
      }
    }
  }

  private void tellDelivered(RunId run, RunInputs inputs) {
    if (undelivered.isEmpty()) {
      return;
    }
    inputs
        .standings(run, List.copyOf(undelivered))
        .forEach((id, standing) -> {
          if (standing.given() || !standing.failure().isEmpty()) {
            undelivered.remove(id);
            tell.accept(RunInputProtoMapper.ack(id, standing));
          }
        });
  }
}

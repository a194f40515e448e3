package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import io.grpc.Status;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The client calls of this replica that wait for an executor's stream or use one. A command is open
 * exactly as long as its replica lists it here.
 */
@Singleton
public final class RelayRegistry {

  private final Map<CommandId, Expected> expected = new ConcurrentHashMap<>();

  /** Announces a client call; before its command can be seen by anyone. */
  Expected expect(CommandId command) {
    var waiting = new Expected(command);
    if (expected.putIfAbsent(command, waiting) != null) {
      throw new IllegalStateException("expected twice");
    }
    return waiting;
  }

  /** Hands over an executor's stream. False where no call of this replica waits for it. */
  boolean offer(CommandId command, Duplex<RelayRequest, RelayResponse> stream) {
    Expected waiting = expected.get(command);
    return waiting != null && waiting.stream.complete(stream);
  }

  /** Wakes the call that waits, with a failure. Does nothing where none does. */
  void refuse(CommandId command, RuntimeException why) {
    Expected waiting = expected.get(command);
    if (waiting != null) {
      waiting.stream.completeExceptionally(why);
    }
  }

  /** The commands whose calls are under way here. */
  Set<CommandId> open() {
    return Set.copyOf(expected.keySet());
  }

  /** One client call, from before its command is written to its end. */
  final class Expected implements AutoCloseable {
    private final CommandId command;
    private final CompletableFuture<Duplex<RelayRequest, RelayResponse>> stream =
        new CompletableFuture<>();

    /** Completed once by a hint that the executor has refused. */
    private final CompletableFuture<Void> refused = new CompletableFuture<>();

    private volatile boolean hinted;

    private Expected(CommandId command) {
      this.command = command;
    }

    /** A hint that the command's row may say why there will be no stream. */
    void refused() {
      refused.complete(null);
    }

    /**
     * Waits; empty once the time is up or, the first time, at a hint. Throws what {@link #refuse}
     * was given.
     */
    Optional<Duplex<RelayRequest, RelayResponse>> await(Duration time) throws InterruptedException {
      try {
        var first = hinted ? stream : CompletableFuture.anyOf(stream, refused);
        first.get(time.toMillis(), TimeUnit.MILLISECONDS);
        hinted = refused.isDone();
        return stream.isDone() ? Optional.of(stream.get()) : Optional.empty();
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException refused) {
          throw refused;
        }
        throw new IllegalStateException(e.getCause());
      }
    }

    /** Ends the wait; a stream that was handed over and not taken is cancelled. */
    @Override
    public void close() {
      expected.remove(command, this);
      if (!stream.cancel(false) && !stream.isCompletedExceptionally()) {
        stream
            .join()
            .fail(Status.CANCELLED.withDescription("the client went away").asRuntimeException());
      }
    }
  }
}

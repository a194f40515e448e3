package dev.berth.cli.exec;

import dev.berth.cli.connection.Connection;
import dev.berth.v1.Exec;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecOutput;
import dev.berth.v1.ExecRequest;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.ExecState;
import dev.berth.v1.GetExecRequest;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.WatchExecRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's conversation with an exec, through any interruption: a broken stream is taken up
 * again from the offsets reached, with backoff from 100 ms to 5 s, and inputs that were not
 * acknowledged are sent again. {@link #detach} ends it from another thread; the exec goes on.
 */
final class ExecFollower {
  private static final long SHORTEST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;
  private static final int WINDOW = 16;

  /** So often is an exec that has ended asked for the rest of its output. */
  private static final int PATIENCE = 5;

  private final Connection connection;
  private final Consumer<ExecResponse> each;
  private final CountDownLatch detached = new CountDownLatch(1);
  private final ArrayDeque<ExecInput> unacknowledged = new ArrayDeque<>();
  private final String inputs = UUID.randomUUID().toString();
  private @Nullable StreamObserver<ExecRequest> stream;
  private Exec exec = Exec.getDefaultInstance();
  private long stdout;
  private long stderr;
  private long sent;

  /**
   * @param each told every answer, on a thread of the transport, which waits meanwhile
   */
  ExecFollower(Connection connection, Consumer<ExecResponse> each) {
    this.connection = connection;
    this.each = each;
  }

  /** Starts an exec and follows it. Answers how it ended; empty where it was detached before. */
  Optional<Exec> start(StartExecRequest request) {
    var once = request.toBuilder().setRequestId(UUID.randomUUID().toString()).build();
    return follow(ExecRequest.newBuilder().setStart(once).build());
  }

  /** Follows an exec from the begin of what is kept of its output. */
  Optional<Exec> attach(Exec known) {
    exec = known;
    return follow(ExecRequest.getDefaultInstance());
  }

  private Optional<Exec> follow(ExecRequest start) {
    long pause = SHORTEST_PAUSE_MILLIS;
    for (int failures = 0; detached.getCount() > 0; failures++) {
      try {
        converse(start);
        return Optional.of(known());
      } catch (StatusRuntimeException e) {
        if (detached.getCount() == 0) {
          break;
        }
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
        if (failures >= PATIENCE && hasEnded()) {
          return Optional.of(known());
        }
        pause = rest(pause);
      }
    }
    return Optional.empty();
  }

  private void converse(ExecRequest start) {
    var answers = new Answers();
    synchronized (this) {
      var requests = connection.execStreams().exec(answers);
      requests.onNext(exec.getId().isEmpty() ? start : resumed());
      unacknowledged.forEach(input -> requests.onNext(request(input)));
      stream = requests;
    }
    Status end = answers.end.join();
    synchronized (this) {
      stream = null;
    }
    if (!end.isOk()) {
      throw end.asRuntimeException(answers.trailers);
    }
  }

  private ExecRequest resumed() {
    return ExecRequest.newBuilder()
        .setAttach(
            WatchExecRequest.newBuilder()
                .setExecId(exec.getId())
                .setStdoutOffset(stdout)
                .setStderrOffset(stderr))
        .build();
  }

  private static ExecRequest request(ExecInput input) {
    return ExecRequest.newBuilder().setInput(input).build();
  }

  private boolean hasEnded() {
    var request = GetExecRequest.newBuilder().setExecId(known().getId()).build();
    if (request.getExecId().isEmpty()) {
      return false;
    }
    try {
      var now = connection.execs().getExec(request).getExec();
      synchronized (this) {
        exec = now;
      }
      return now.getState() == ExecState.EXEC_STATE_EXITED
          || now.getState() == ExecState.EXEC_STATE_LOST;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** The exec as it was last told; without an id before its start was heard of. */
  synchronized Exec known() {
    return exec;
  }

  /** Sends an input; waits while too many are not acknowledged. Its id is set here. */
  synchronized void send(ExecInput.Builder input) throws InterruptedException {
    while (unacknowledged.size() >= WINDOW && detached.getCount() > 0) {
      wait();
    }
    var numbered = input.setInputId(inputs + "-" + sent++).build();
    unacknowledged.add(numbered);
    if (stream != null) {
      stream.onNext(request(numbered));
    }
  }

  /** Ends the conversation; the exec goes on. */
  void detach() {
    detached.countDown();
    synchronized (this) {
      notifyAll();
      if (stream != null) {
        stream.onError(Status.CANCELLED.asRuntimeException());
      }
    }
  }

  private long rest(long pause) {
    try {
      boolean left =
          detached.await(
              ThreadLocalRandom.current().nextLong(pause / 2, pause + 1), TimeUnit.MILLISECONDS);
      return left ? pause : Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      detach();
      return pause;
    }
  }

  private synchronized void note(ExecResponse answer) {
    switch (answer.getMessageCase()) {
      case EXEC -> exec = answer.getExec();
      case OUTPUT -> {
        long reached = answer.getOutput().getOffset() + answer.getOutput().getData().size();
        if (answer.getOutput().getStream() == ExecOutput.Stream.STREAM_STDERR) {
          stderr = reached;
        } else {
          stdout = reached;
        }
      }
      case INPUT_ACK -> {
        unacknowledged.removeIf(
            input -> input.getInputId().equals(answer.getInputAck().getInputId()));
        notifyAll();
      }
      case MESSAGE_NOT_SET -> {}
    }
  }

  private final class Answers implements StreamObserver<ExecResponse> {
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private volatile io.grpc.@Nullable Metadata trailers;

    @Override
    public void onNext(ExecResponse answer) {
      note(answer);
      each.accept(answer);
    }

    @Override
    public void onError(Throwable failure) {
      trailers = Status.trailersFromThrowable(failure);
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }
}

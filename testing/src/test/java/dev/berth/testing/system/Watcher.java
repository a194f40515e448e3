package dev.berth.testing.system;

import dev.berth.testing.stack.Client;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** One who watches a run from its beginning, as fast as it is told to read. */
final class Watcher {
  private final List<WatchRunResponse> answers = new CopyOnWriteArrayList<>();
  private volatile @Nullable ClientCallStreamObserver<WatchRunRequest> call;
  private volatile @Nullable Status end;
  private volatile @Nullable Throwable failure;

  private Watcher() {}

  /** Takes every answer as it comes. */
  static Watcher eager(Client client, String runId) {
    return start(client, runId, Integer.MAX_VALUE);
  }

  /** Takes one answer, then none until {@link #readOn}. */
  static Watcher slow(Client client, String runId) {
    return start(client, runId, 1);
  }

  private static Watcher start(Client client, String runId, int first) {
    Watcher watcher = new Watcher();
    var request = WatchRunRequest.newBuilder().setRunId(runId).build();
    RunServiceGrpc.newStub(client.channel()).watchRun(request, watcher.observer(first));
    return watcher;
  }

  void readOn() {
    call().request(Integer.MAX_VALUE);
  }

  void goAway() {
    call().cancel("gone", null);
  }

  /** How the stream ended; empty while it has not. */
  Optional<Status> end() {
    return Optional.ofNullable(end);
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  List<WatchRunResponse> answers() {
    return answers;
  }

  List<RunEvent> events() {
    return answers.stream().flatMap(answer -> answer.getEventsList().stream()).toList();
  }

  private ClientCallStreamObserver<WatchRunRequest> call() {
    var started = call;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  private ClientResponseObserver<WatchRunRequest, WatchRunResponse> observer(int first) {
    return new ClientResponseObserver<>() {
      @Override
      public void beforeStart(ClientCallStreamObserver<WatchRunRequest> stream) {
        stream.disableAutoRequestWithInitial(first);
        call = stream;
      }

      @Override
      public void onNext(WatchRunResponse answer) {
        answers.add(answer);
      }

      @Override
      public void onError(Throwable error) {
        failure = error;
        end = Status.fromThrowable(error);
      }

      @Override
      public void onCompleted() {
        end = Status.OK;
      }
    };
  }
}

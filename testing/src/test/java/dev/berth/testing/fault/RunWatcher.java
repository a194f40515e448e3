package dev.berth.testing.fault;

import dev.berth.testing.stack.Client;
import dev.berth.v1.RunEvent;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Watches a run to its end, and resumes from its cursor whenever the watch is cut. */
final class RunWatcher implements AutoCloseable {
  private static final Set<Status.Code> PASSING =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.ABORTED);
  private static final long PAUSE_MS = 100;

  private final Client client;
  private final String runId;
  private final List<RunEvent> events = new ArrayList<>();
  private final StringBuilder output = new StringBuilder();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Context.CancellableContext context = Context.ROOT.withCancellation();
  private long cursor;
  private int resumptions;
  private boolean ended;
  private @Nullable RuntimeException failure;

  private RunWatcher(Client client, String runId) {
    this.client = client;
    this.runId = runId;
  }

  static RunWatcher start(Client client, String runId) {
    RunWatcher watcher = new RunWatcher(client, runId);
    Thread.ofVirtual().name("watch " + runId).start(watcher.context.wrap(watcher::watch));
    return watcher;
  }

  synchronized List<RunEvent> events() {
    return List.copyOf(events);
  }

  /** What the run wrote to standard output, as far as it was seen. */
  synchronized String output() {
    return output.toString();
  }

  synchronized int resumptions() {
    return resumptions;
  }

  /** Whether the server has ended the watch in order; throws what ended it otherwise. */
  synchronized boolean ended() {
    if (failure != null) {
      throw failure;
    }
    return ended;
  }

  @Override
  public void close() {
    closed.countDown();
    context.cancel(null);
  }

  private void watch() {
    try {
      do {
        try {
          watchOnce();
          return;
        } catch (StatusRuntimeException e) {
          resume(e);
        }
      } while (!closed.await(PAUSE_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watchOnce() {
    var request = WatchRunRequest.newBuilder().setRunId(runId).setAfterSeq(cursor()).build();
    Iterator<WatchRunResponse> answers = client.runs().withWaitForReady().watchRun(request);
    while (answers.hasNext()) {
      saw(answers.next());
    }
    synchronized (this) {
      ended = true;
    }
  }

  private synchronized long cursor() {
    return cursor;
  }

  private synchronized void saw(WatchRunResponse answer) {
    for (RunEvent event : answer.getEventsList()) {
      events.add(event);
      output.append(event.getLog().getData().toString(StandardCharsets.UTF_8));
    }
    cursor = answer.getExaminedSeq();
  }

  private synchronized void resume(StatusRuntimeException e) {
    if (!PASSING.contains(e.getStatus().getCode())) {
      failure = e;
      closed.countDown();
    }
    resumptions++;
  }
}

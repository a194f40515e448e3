package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.PendingReason;
import dev.berth.v1.Resources;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.WorkerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Two executors of two workers each, and three sessions that want each of them. */
class PlacementTest {
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(2);
  private static final List<String> ZONES = List.of("east", "west");
  private static final int ROOM = 2;

  @AutoClose
  private final Stack stack = Stack.startWithoutExecutor(Map.of("BERTH_DEMAND_IDLE", "1s"));

  @Test
  void labelsAndCapacityAreRespected_andWhatCannotBePlacedSaysWhy_untilThereIsRoom() {
    Map<String, String> settings = Map.of("BERTH_EXECUTOR_MAX_WORKERS", String.valueOf(ROOM));
    ZONES.forEach(zone -> stack.startExecutor(zone, settings, "zone=" + zone));
    Map<String, List<Run>> runs = new HashMap<>();
    for (int i = 0; i <= ROOM; i++) {
      for (String zone : ZONES) {
        runs.computeIfAbsent(zone, any -> new ArrayList<>()).add(waitingRun(zone + "-" + i, zone));
      }
    }
    Run nowhere = waitingRun("nowhere", "north");

    for (String zone : ZONES) {
      List<Run> wanted = runs.getOrDefault(zone, List.of());
      await(zone + " is full")
          .atMost(PATIENCE)
          .until(() -> in(wanted, RunState.RUN_STATE_RUNNING).size() == ROOM);
      Run left = in(wanted, RunState.RUN_STATE_QUEUED).getFirst();
      awaitPending(left, PendingReason.PENDING_REASON_NO_CAPACITY);
      assertThat(now(left).getPendingMessage()).contains(zone);
      assertThat(in(wanted, RunState.RUN_STATE_RUNNING))
          .extracting(Run::getExecutorId)
          .containsOnly(stack.executorId(zone));
      assertThat(workersOn(zone)).isEqualTo(ROOM);
    }
    awaitPending(nowhere, PendingReason.PENDING_REASON_NO_EXECUTOR);
    assertThat(now(nowhere).getPendingMessage()).contains("zone=north");

    for (String zone : ZONES) {
      Run left = in(runs.getOrDefault(zone, List.of()), RunState.RUN_STATE_QUEUED).getFirst();
      Run first = in(runs.getOrDefault(zone, List.of()), RunState.RUN_STATE_RUNNING).getFirst();
      end(first);
      if (zone.equals(ZONES.getFirst())) {
        stop(first.getSessionId());
      } // else it is idle, and has to go
      await(left.getId() + " starts where there is room now")
          .atMost(PATIENCE)
          .until(() -> now(left).getState() == RunState.RUN_STATE_RUNNING);
      assertThat(now(left).getExecutorId()).isEqualTo(stack.executorId(zone));
      assertThat(workersOn(zone)).isEqualTo(ROOM);
    }
    stack.startExecutor("north", settings, "zone=north");
    await("the executor that it waits for has come")
        .atMost(PATIENCE)
        .until(() -> now(nowhere).getState() == RunState.RUN_STATE_RUNNING);
    assertThat(now(nowhere).getExecutorId()).isEqualTo(stack.executorId("north"));
  }

  private void end(Run run) {
    new Workspace(client(), run.getSessionId()).write("go", "");
    assertThat(client().awaitRun(run.getId(), PATIENCE).getState())
        .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  private void stop(String session) {
    client()
        .sessions()
        .stopSession(
            StopSessionRequest.newBuilder()
                .setSessionId(session)
                .setWait(Duration.newBuilder().setSeconds(60))
                .build());
  }

  private Run waitingRun(String name, String zone) {
    var spec =
        SessionSpec.newBuilder()
            .setResources(Resources.newBuilder().setCpuMillis(100).setMemoryBytes(64 << 20))
            .putPlacementLabels("zone", zone)
            .build();
    String session = client().createSession(name, spec).getId();
    return client().createRun(session, "sh", "-c", "until [ -e go ]; do sleep 0.3; done");
  }

  private void awaitPending(Run run, PendingReason reason) {
    await(run.getId() + " says " + reason)
        .atMost(PATIENCE)
        .until(() -> now(run).getPendingReason() == reason);
    assertThat(now(run).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
  }

  private List<Run> in(List<Run> runs, RunState state) {
    return runs.stream().map(this::now).filter(run -> run.getState() == state).toList();
  }

  private Run now(Run run) {
    return client()
        .runs()
        .getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build())
        .getRun();
  }

  private int workersOn(String executor) {
    var request = ListWorkersRequest.newBuilder().setExecutorId(stack.executorId(executor)).build();
    return client().executors().listWorkers(request).getWorkersList().stream()
        .filter(worker -> worker.getState() == WorkerState.WORKER_STATE_READY)
        .collect(Collectors.toSet())
        .size();
  }

  private Client client() {
    return stack.client();
  }
}

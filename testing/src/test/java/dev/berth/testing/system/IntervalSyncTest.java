package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.Snapshot;
import dev.berth.v1.VerifySnapshotRequest;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A run that lasts is saved while it goes on. */
class IntervalSyncTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Writes a number a moment, and says at the end that it was one process all the time. */
  private static final String SCRIPT =
      "i=0; until [ -e go ]; do i=$((i+1)); echo $i >> numbers; sleep 0.05; done; echo $i > last";

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();

  @Test
  void aRunUnderWay_isSavedEachInterval_withoutBeingStopped_asItsFilesStoodThen() {
    var spec = SessionSpec.newBuilder().setSyncInterval(Durations.fromSeconds(10)).build();
    String session = client.createSession("lasting", spec).getId();
    Run run = client.createRun(session, "sh", "-c", SCRIPT);
    await("two saves while it runs")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> saves(session).size() == 2);
    assertThat(now(run).getState()).isEqualTo(RunState.RUN_STATE_RUNNING);
    assertThat(now(run).getAttempt()).isEqualTo(1);
    List<Integer> counts = saves(session).stream().map(this::numbersIn).toList();

    new Workspace(client, session).write("go", "");
    Run ended = client.awaitRun(run.getId(), PATIENCE);
    assertThat(ended.getState()).as("%s", ended).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    int last = Integer.parseInt(new Workspace(client, session).read("last").strip());
    assertThat(counts.getFirst()).isPositive().isLessThan(counts.getLast());
    assertThat(counts.getLast()).isLessThanOrEqualTo(last);
    assertThat(numbers(session)).isEqualTo(upTo(last));
  }

  /** Oldest first. */
  private List<Snapshot> saves(String session) {
    var request = ListSnapshotsRequest.newBuilder().setSessionId(session).setPageSize(100).build();
    return client.snapshots().listSnapshots(request).getSnapshotsList().stream()
        .filter(snapshot -> snapshot.getReason().equals("INTERVAL"))
        .sorted(java.util.Comparator.comparing(Snapshot::getId))
        .toList();
  }

  /** How many there are in a session made of it: all from 1 on, and the snapshot is whole. */
  private int numbersIn(Snapshot snapshot) {
    client
        .snapshots()
        .verifySnapshot(VerifySnapshotRequest.newBuilder().setSnapshotId(snapshot.getId()).build())
        .forEachRemaining(answer -> assertThat(answer.hasFinding()).as("%s", answer).isFalse());
    var fork = CreateSessionRequest.newBuilder().setFromSnapshotId(snapshot.getId()).build();
    List<String> numbers = numbers(client.sessions().createSession(fork).getSession().getId());
    assertThat(numbers).isEqualTo(upTo(numbers.size()));
    return numbers.size();
  }

  private List<String> numbers(String session) {
    return new Workspace(client, session).read("numbers").lines().toList();
  }

  private static List<String> upTo(int last) {
    return IntStream.rangeClosed(1, last).mapToObj(Integer::toString).toList();
  }

  private Run now(Run run) {
    return client.runs().getRun(GetRunRequest.newBuilder().setRunId(run.getId()).build()).getRun();
  }
}

package dev.berth.testing.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.RollBackSessionRequest;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.SessionState;
import dev.berth.v1.Snapshot;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.VerifySnapshotRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session that is forked and rolled back, on real processes and disks. */
class ForkTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String TREE =
      """
      mkdir -p deep/er empty
      head -c 6000000 /dev/urandom > big
      for i in $(seq 200); do echo "file $i" > deep/er/$i; done
      ln -s deep/er/7 link
      chmod 750 big
      """;

  @AutoClose private final Stack stack = Stack.start();
  private final Client client = stack.client();

  @TempDir Path temp;

  @Test
  void aForkAndItsOriginGoOnSeparately_andRollingBackBringsTheOldFilesBackByteForByte()
      throws IOException {
    String id = client.createSession("origin", SessionSpec.getDefaultInstance()).getId();
    run(id, TREE);
    Snapshot first = sync(id);
    byte[] then = files(id);
    run(id, "rm -r deep; echo changed >> big; echo new > new");
    Snapshot second = sync(id);
    byte[] now = files(id);
    assertThat(now).isNotEqualTo(then);

    Session fork =
        client
            .sessions()
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setName("fork")
                    .setFromSnapshotId(first.getId())
                    .build())
            .getSession();
    assertThat(files(fork.getId())).isEqualTo(then);
    run(fork.getId(), "echo theirs > deep/er/7");
    Snapshot theirs = sync(fork.getId());
    assertThat(theirs.getParentId()).isEqualTo(first.getId());
    assertThat(theirs.getStoredBytes()).as("all but one file is named again").isLessThan(100_000);
    assertThat(files(id)).isEqualTo(now);

    assertThat(rollBack(id, first).getState()).isNotEqualTo(SessionState.SESSION_STATE_DELETED);
    assertThat(files(id)).isEqualTo(then);
    run(id, "echo again > deep/er/7");
    assertThat(sync(id).getParentId()).isEqualTo(first.getId());
    assertThat(rollBack(id, second).getHeadSnapshotId()).isEqualTo(second.getId());
    assertThat(files(id)).isEqualTo(now);

    new Workspace(client, id).write("deep", "not saved yet");
    byte[] unsaved = files(id);
    Session back = rollBack(id, second);
    assertThat(files(id)).as("back to the head, from what was written since").isEqualTo(now);
    assertThat(files(rollBack(id, newestOf(id)).getId())).isEqualTo(unsaved);
    assertThat(back.getHeadSnapshotId()).isEqualTo(second.getId());

    client
        .snapshots()
        .listSnapshots(ListSnapshotsRequest.newBuilder().setPageSize(100).build())
        .getSnapshotsList()
        .forEach(this::verify);
  }

  private void run(String session, String script) {
    var run = client.awaitRun(client.createRun(session, "sh", "-ec", script).getId(), PATIENCE);
    assertThat(run.getState()).as("%s", run).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  private Snapshot sync(String session) {
    return client
        .workspaces()
        .syncWorkspace(SyncWorkspaceRequest.newBuilder().setSessionId(session).build())
        .getSnapshot();
  }

  /** A tar of everything: names, contents, modes, times to the second. */
  private byte[] files(String session) throws IOException {
    Path tar = temp.resolve("files.tar");
    new Workspace(client, session).pull("", tar);
    return Files.readAllBytes(tar);
  }

  private Session rollBack(String session, Snapshot snapshot) {
    return client
        .sessions()
        .rollBackSession(
            RollBackSessionRequest.newBuilder()
                .setSessionId(session)
                .setSnapshotId(snapshot.getId())
                .build())
        .getSession();
  }

  private Snapshot newestOf(String session) {
    return client
        .snapshots()
        .listSnapshots(ListSnapshotsRequest.newBuilder().setSessionId(session).build())
        .getSnapshotsList()
        .stream()
        .max(java.util.Comparator.comparing(Snapshot::getId))
        .orElseThrow();
  }

  private void verify(Snapshot snapshot) {
    client
        .snapshots()
        .verifySnapshot(VerifySnapshotRequest.newBuilder().setSnapshotId(snapshot.getId()).build())
        .forEachRemaining(answer -> assertThat(answer.hasFinding()).as("%s", answer).isFalse());
  }
}

package dev.berth.cli.snapshot;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.ListSnapshotsRequest;
import dev.berth.v1.Snapshot;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth snapshot …}. */
@Command(
    name = "snapshot",
    description = "Saved states of sessions' files.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SnapshotCommand.Get.class,
      SnapshotCommand.ListAll.class,
      SnapshotFiles.ListFiles.class,
      SnapshotFiles.Read.class,
      SnapshotFiles.Diff.class,
      SnapshotChanges.Pin.class,
      SnapshotChanges.Unpin.class,
      SnapshotChanges.Label.class,
      SnapshotChanges.Delete.class,
      Verify.class,
      Restore.class
    })
public final class SnapshotCommand {

  @Command(name = "get", description = "Show a snapshot.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "SNAPSHOT", description = "Its id, or the begin of it.")
    String snapshot = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          GetSnapshotRequest.newBuilder().setSnapshotId(cli.names().snapshot(snapshot)).build();
      var found = cli.connection().snapshots().getSnapshot(request).getSnapshot();
      print(cli, found);
      if (!cli.printer().json()) {
        found
            .getChangedDuringSyncList()
            .forEach(path -> cli.printer().out().println("  written while saved: " + path));
      }
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "list",
      description = "List snapshots, newest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    @Option(
        names = "--limit",
        defaultValue = "50",
        description = "At most 1000. Default: ${DEFAULT-VALUE}.")
    int limit;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = ListSnapshotsRequest.newBuilder().setPageSize(limit);
      if (!session.isEmpty()) {
        request.setSessionId(cli.names().session(session));
      }
      var answer = cli.connection().snapshots().listSnapshots(request.build());
      cli.printer().show(answer, () -> show(cli, answer.getSnapshotsList()));
      return ExitCode.OK.code();
    }
  }

  static void print(Cli cli, Snapshot snapshot) {
    cli.printer().show(snapshot, () -> show(cli, List.of(snapshot)));
  }

  private static void show(Cli cli, List<Snapshot> snapshots) {
    var table =
        new Table("ID", "SESSION", "KIND", "KEPT", "REASON", "FILES", "SIZE", "STORED", "AGE");
    for (Snapshot s : snapshots) {
      table.row(
          s.getId(),
          s.getSessionId(),
          Words.constant(s.getKind(), "KIND_"),
          kept(s),
          s.getReason(),
          s.getFileCount(),
          Words.bytes(s.getLogicalBytes()),
          Words.bytes(s.getStoredBytes()),
          Words.age(s.getCreateTime(), cli.clock()));
    }
    table.print(cli.printer().out());
  }

  private static String kept(Snapshot snapshot) {
    return snapshot.getPinned()
        ? snapshot.getHead() ? "head, pinned" : "pinned"
        : snapshot.getHead() ? "head" : "";
  }
}

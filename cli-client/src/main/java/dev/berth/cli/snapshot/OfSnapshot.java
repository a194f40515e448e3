package dev.berth.cli.snapshot;

import dev.berth.cli.Cli;
import dev.berth.cli.WorkspacePath;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.SnapshotPath;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands on one snapshot share. */
abstract class OfSnapshot implements Callable<Integer> {
  protected final Cli cli;

  @Parameters(index = "0", paramLabel = "SNAPSHOT", description = "Its id, or the begin of it.")
  String snapshot = "";

  OfSnapshot(Cli cli) {
    this.cli = cli;
  }

  protected String id() {
    return cli.names().snapshot(snapshot);
  }

  protected long logicalBytes(String id) {
    return cli.connection()
        .snapshots()
        .getSnapshot(GetSnapshotRequest.newBuilder().setSnapshotId(id).build())
        .getSnapshot()
        .getLogicalBytes();
  }

  /** Those that look at one place of it. */
  abstract static class At extends OfSnapshot {
    @Option(
        names = "--root",
        defaultValue = "workspace",
        description = "workspace, or agent/PROVIDER. Default: ${DEFAULT-VALUE}.")
    String root = "";

    At(Cli cli) {
      super(cli);
    }

    protected SnapshotPath at(String typed) {
      return SnapshotPath.newBuilder().setRoot(root).setPath(WorkspacePath.within(typed)).build();
    }
  }
}

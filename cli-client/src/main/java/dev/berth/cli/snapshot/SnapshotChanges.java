package dev.berth.cli.snapshot;

import com.google.protobuf.FieldMask;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.DeleteSnapshotRequest;
import dev.berth.v1.GetSnapshotRequest;
import dev.berth.v1.Snapshot;
import dev.berth.v1.UpdateSnapshotRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands that change or remove a snapshot. */
final class SnapshotChanges {
  private SnapshotChanges() {}

  private static int show(Cli cli, UpdateSnapshotRequest.Builder request, String field) {
    Snapshot now =
        cli.connection()
            .snapshots()
            .updateSnapshot(request.setUpdateMask(FieldMask.newBuilder().addPaths(field)).build())
            .getSnapshot();
    SnapshotCommand.print(cli, now);
    return ExitCode.OK.code();
  }

  @Command(
      name = "pin",
      description = "Keep a snapshot until it is unpinned.",
      mixinStandardHelpOptions = true)
  static final class Pin extends OfSnapshot {
    Pin(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return show(
          cli, UpdateSnapshotRequest.newBuilder().setSnapshotId(id()).setPinned(true), "pinned");
    }
  }

  @Command(
      name = "unpin",
      description = "Let a snapshot go once enough newer ones are there.",
      mixinStandardHelpOptions = true)
  static final class Unpin extends OfSnapshot {
    Unpin(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return show(cli, UpdateSnapshotRequest.newBuilder().setSnapshotId(id()), "pinned");
    }
  }

  @Command(
      name = "label",
      description = "Set or remove labels of a snapshot.",
      mixinStandardHelpOptions = true)
  static final class Label extends OfSnapshot {
    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Repeatable.")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--remove", paramLabel = "KEY", description = "Repeatable.")
    List<String> remove = new ArrayList<>();

    Label(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      String id = id();
      Snapshot now =
          cli.connection()
              .snapshots()
              .getSnapshot(GetSnapshotRequest.newBuilder().setSnapshotId(id).build())
              .getSnapshot();
      Map<String, String> labels = new LinkedHashMap<>(now.getLabelsMap());
      labels.putAll(set);
      labels.keySet().removeAll(remove);
      return show(
          cli,
          UpdateSnapshotRequest.newBuilder()
              .setSnapshotId(id)
              .setEtag(now.getEtag())
              .putAllLabels(labels),
          "labels");
    }
  }

  @Command(
      name = "delete",
      aliases = "rm",
      description = "Remove a snapshot for good.",
      mixinStandardHelpOptions = true)
  static final class Delete extends OfSnapshot {
    Delete(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .snapshots()
              .deleteSnapshot(DeleteSnapshotRequest.newBuilder().setSnapshotId(id()).build());
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }
}

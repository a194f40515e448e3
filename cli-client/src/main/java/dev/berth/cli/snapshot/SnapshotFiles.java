package dev.berth.cli.snapshot;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.FileTable;
import dev.berth.cli.output.Part;
import dev.berth.v1.DiffSnapshotsRequest;
import dev.berth.v1.DiffSnapshotsResponse;
import dev.berth.v1.ListSnapshotFilesRequest;
import dev.berth.v1.ReadSnapshotFileRequest;
import dev.berth.v1.ReadSnapshotFileResponse;
import dev.berth.v1.SnapshotChange;
import dev.berth.v1.SnapshotFile;
import java.io.IOException;
import java.util.Iterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that look at what is in a snapshot. */
final class SnapshotFiles {
  private SnapshotFiles() {}

  @Command(
      name = "ls",
      description = "List a directory of a snapshot.",
      mixinStandardHelpOptions = true)
  static final class ListFiles extends OfSnapshot.At {
    @Parameters(index = "1", arity = "0..1", defaultValue = "", paramLabel = "PATH")
    String path = "";

    @Option(
        names = {"-R", "--recursive"},
        description = "And what is below it.")
    boolean recursive;

    ListFiles(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          ListSnapshotFilesRequest.newBuilder()
              .setSnapshotId(id())
              .setAt(at(path))
              .setRecursive(recursive)
              .setPageSize(1000);
      boolean more = true;
      while (more) {
        var answer = cli.connection().snapshots().listSnapshotFiles(request.build());
        if (cli.printer().json()) {
          cli.printer().line(answer);
        } else {
          var table = new FileTable();
          answer.getFilesList().forEach(file -> row(table, file));
          table.print(cli.printer().out());
        }
        request.setPageToken(answer.getNextPageToken());
        more = !answer.getNextPageToken().isEmpty();
      }
      return ExitCode.OK.code();
    }

    private static void row(FileTable table, SnapshotFile file) {
      char type =
          switch (file.getType()) {
            case TYPE_DIRECTORY -> 'd';
            case TYPE_SYMLINK -> 'l';
            case TYPE_FILE, TYPE_UNSPECIFIED, UNRECOGNIZED -> '-';
          };
      table.row(
          type,
          file.getMode(),
          file.getSize(),
          file.getModifyTime(),
          file.getPath(),
          file.getLinkTarget());
    }
  }

  @Command(
      name = "cat",
      description = "Print a file of a snapshot, or a part of it.",
      mixinStandardHelpOptions = true)
  static final class Read extends OfSnapshot.At {
    @Parameters(index = "1", paramLabel = "PATH")
    String path = "";

    @Mixin Part part = new Part();

    Read(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() throws IOException {
      var request =
          ReadSnapshotFileRequest.newBuilder()
              .setSnapshotId(id())
              .setAt(at(path))
              .setOffset(part.offset)
              .setLength(part.length)
              .build();
      cli.printer()
          .bytes(
              cli.connection().snapshots().readSnapshotFile(request),
              ReadSnapshotFileResponse::getData);
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "diff",
      description = {
        "Show which paths differ between two snapshots.",
        "Lines begin with + (added), - (removed) or ~ (changed)."
      },
      mixinStandardHelpOptions = true)
  static final class Diff extends OfSnapshot.At {
    @Option(
        names = "--base",
        defaultValue = "",
        paramLabel = "SNAPSHOT",
        description = "What was. Default: the snapshot it was made from.")
    String base = "";

    @Option(names = "--path", defaultValue = "", description = "Only what is there and below.")
    String path = "";

    Diff(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = DiffSnapshotsRequest.newBuilder().setSnapshotId(id()).setAt(at(path));
      if (!base.isEmpty()) {
        request.setBaseSnapshotId(cli.names().snapshot(base));
      }
      Iterator<DiffSnapshotsResponse> answers =
          cli.connection().snapshots().diffSnapshots(request.build());
      while (answers.hasNext()) {
        var answer = answers.next();
        if (cli.printer().json()) {
          cli.printer().line(answer);
        } else {
          answer.getChangesList().forEach(change -> cli.printer().out().println(line(change)));
        }
      }
      return ExitCode.OK.code();
    }

    private static String line(SnapshotChange change) {
      return switch (change.getKind()) {
        case KIND_ADDED -> "+ " + path(change.getAfter());
        case KIND_REMOVED -> "- " + path(change.getBefore());
        case KIND_CHANGED, KIND_UNSPECIFIED, UNRECOGNIZED -> "~ " + path(change.getAfter());
      };
    }

    private static String path(SnapshotFile file) {
      return file.getType() == SnapshotFile.Type.TYPE_DIRECTORY
          ? file.getPath() + "/"
          : file.getPath();
    }
  }
}

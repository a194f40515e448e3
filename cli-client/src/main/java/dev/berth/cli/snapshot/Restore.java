package dev.berth.cli.snapshot;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.cli.workspace.Received;
import dev.berth.cli.workspace.TarUnpack;
import dev.berth.v1.PullSnapshotRequest;
import dev.berth.v1.PullSnapshotResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code berth snapshot restore}: needs the control plane and the store, and no executor. */
@Command(
    name = "restore",
    description = "Write the files of a snapshot into a local directory, or as a tar file.",
    mixinStandardHelpOptions = true)
final class Restore extends OfSnapshot.At {

  @ArgGroup(multiplicity = "1")
  Target target = new Target();

  static final class Target {
    @Option(
        names = "--to",
        paramLabel = "DIR",
        description = "An empty directory; made if missing.")
    @Nullable Path directory;

    @Option(
        names = "--tar",
        paramLabel = "FILE",
        description = "Keeps names that are not UTF-8 as they are. - is the standard output.")
    @Nullable Path tar;
  }

  @Option(names = "--path", defaultValue = "", description = "Only what is there and below.")
  String path = "";

  @Option(
      names = "--force",
      description = "Write into a directory that is not empty: what has the same path is replaced.")
  boolean force;

  Restore(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException {
    String id = id();
    Path directory = target.directory;
    if (directory != null) {
      requireEmpty(directory);
    }
    Iterator<PullSnapshotResponse> answers =
        cli.connection()
            .snapshots()
            .pullSnapshot(
                PullSnapshotRequest.newBuilder().setSnapshotId(id).setAt(at(path)).build());
    try (Progress progress = cli.progress("restore", path.isEmpty() ? logicalBytes(id) : 0)) {
      var received = new Received<>(answers, PullSnapshotResponse::getData, progress);
      if (directory == null) {
        save(received);
        return ExitCode.OK.code();
      }
      Files.createDirectories(directory);
      // The stream's names are bytes, given here one character a byte.
      var unpack = new TarUnpack(directory, StandardCharsets.ISO_8859_1);
      unpack.unpack(received);
      progress.close();
      show(unpack);
    }
    return ExitCode.OK.code();
  }

  private void requireEmpty(Path directory) throws IOException {
    if (force || !Files.exists(directory)) {
      return;
    }
    try (Stream<Path> there = Files.list(directory)) {
      if (there.findAny().isPresent()) {
        throw new CliException(
            ExitCode.CONFLICT,
            directory + " is not empty.",
            "Choose an empty directory, or add --force to write into this one.");
      }
    }
  }

  private void save(Received<PullSnapshotResponse> received) throws IOException {
    Path file = target.tar;
    if (file == null || file.toString().equals("-")) {
      received.transferTo(cli.printer().out());
      return;
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      received.transferTo(out);
    }
  }

  private void show(TarUnpack unpack) {
    if (cli.printer().json()) {
      var renamed = ListValue.newBuilder();
      unpack.renamed().forEach(name -> renamed.addValues(Value.newBuilder().setStringValue(name)));
      cli.printer()
          .document(
              Struct.newBuilder()
                  .putFields("files", number(unpack.files()))
                  .putFields("bytes", number(unpack.bytes()))
                  .putFields("renamed", Value.newBuilder().setListValue(renamed).build())
                  .build());
      return;
    }
    unpack.renamed().forEach(name -> cli.printer().say("  not UTF-8, written as: " + name));
    cli.printer().out().printf("%d files, %s%n", unpack.files(), Words.bytes(unpack.bytes()));
  }

  private static Value number(long count) {
    return Value.newBuilder().setNumberValue(count).build();
  }
}

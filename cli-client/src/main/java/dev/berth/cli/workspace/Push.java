package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.WorkspacePath;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.PushRequest;
import dev.berth.v1.PushResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth workspace push}: sends a local file or directory as a tar stream. */
@Command(
    name = "push",
    description = "Copy a local file or directory into a session.",
    mixinStandardHelpOptions = true)
final class Push extends WorkspaceCommand.OfSession {
  @Parameters(
      index = "1",
      paramLabel = "LOCAL",
      description = "A directory's content goes into PATH itself.")
  Path local = Path.of("");

  @Parameters(
      index = "2",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "PATH",
      description = "A directory. Made if missing.")
  String path = "";

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Leave out paths like this, relative to LOCAL. Repeatable.")
  List<String> excludes = new ArrayList<>();

  Push(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PushResponse answer =
        send(cli, id(), LocalTree.scan(local, excludes), WorkspacePath.within(path));
    cli.printer()
        .show(
            answer,
            () ->
                cli.printer()
                    .out()
                    .printf(
                        "%d files, %s%n", answer.getFileCount(), Words.bytes(answer.getBytes())));
    return ExitCode.OK.code();
  }

  /** Sends the tree into a directory of the session. */
  static PushResponse send(Cli cli, String session, LocalTree tree, String into)
      throws IOException, InterruptedException {
    var start = PushRequest.Start.newBuilder().setSessionId(session).setPath(into);
    try (Progress progress = cli.progress("push", tree.bytes())) {
      return Upload.send(
          cli.connection().workspaceStreams()::push,
          PushRequest.newBuilder().setStart(start).build(),
          data -> PushRequest.newBuilder().setData(data).build(),
          tree::writeTar,
          progress);
    }
  }
}

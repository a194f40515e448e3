package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.WorkspacePath;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.PullRequest;
import dev.berth.v1.PullResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code berth workspace pull}: unpacks what the executor packs. */
@Command(
    name = "pull",
    description = "Copy a file or directory of a session to here.",
    mixinStandardHelpOptions = true)
final class Pull extends WorkspaceCommand.OfSession {
  @Parameters(index = "1", paramLabel = "PATH")
  String path = "";

  @Parameters(index = "2", paramLabel = "LOCAL", description = "A directory. Made if missing.")
  Path local = Path.of("");

  Pull(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException {
    receive(cli, id(), WorkspacePath.within(path), local);
    return ExitCode.OK.code();
  }

  /** Unpacks a file or directory of the session into a local directory, made if missing. */
  static void receive(Cli cli, String session, String path, Path into) throws IOException {
    Files.createDirectories(into);
    var request = PullRequest.newBuilder().setSessionId(session).setPath(path).build();
    var answers = cli.connection().workspaces().pull(request);
    var unpack = new TarUnpack(into, StandardCharsets.UTF_8);
    try (Progress progress = cli.progress("pull", 0)) {
      unpack.unpack(new Received<>(answers, PullResponse::getData, progress));
    }
    cli.printer().say(unpack.files() + " files, " + Words.bytes(unpack.bytes()));
  }
}

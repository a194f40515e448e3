package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
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
    Files.createDirectories(local);
    var request = PullRequest.newBuilder().setSessionId(id()).setPath(within(path)).build();
    var answers = cli.connection().workspaces().pull(request);
    var unpack = new TarUnpack(local, StandardCharsets.UTF_8);
    try (Progress progress = cli.progress("pull", 0)) {
      unpack.unpack(new Received<>(answers, PullResponse::getData, progress));
    }
    cli.printer().say(unpack.files() + " files, " + Words.bytes(unpack.bytes()));
    return ExitCode.OK.code();
  }
}

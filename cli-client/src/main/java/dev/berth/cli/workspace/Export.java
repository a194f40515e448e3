package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.WholeFile;
import dev.berth.cli.output.Words;
import dev.berth.v1.ExportCopyRequest;
import dev.berth.v1.ExportCopyResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code berth workspace export}: the tar as the executor makes it; nothing is unpacked here. */
@Command(
    name = "export",
    description =
        "Write a session's files into a tar, straight from an executor's disk: without waking it"
            + " and without the object store.",
    mixinStandardHelpOptions = true)
final class Export extends WorkspaceCommand.OfSession {
  @Option(
      names = "-o",
      paramLabel = "FILE",
      required = true,
      description = "The tar to write; - for standard output.")
  String output = "";

  Export(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException {
    if (output.equals("-")) {
      receive(cli.printer().out());
      return ExitCode.OK.code();
    }
    Path file = Path.of(output).toAbsolutePath();
    WholeFile.write(file, this::receive);
    cli.printer().say(file + ", " + Words.bytes(Files.size(file)));
    return ExitCode.OK.code();
  }

  private void receive(OutputStream to) throws IOException {
    var request = ExportCopyRequest.newBuilder().setSessionId(id()).build();
    var answers = cli.connection().workspaces().exportCopy(request);
    try (Progress progress = cli.progress("export", 0)) {
      new Received<>(answers, ExportCopyResponse::getData, progress).transferTo(to);
    }
  }
}

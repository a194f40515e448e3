package dev.berth.cli.workspace;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Progress;
import dev.berth.cli.output.Words;
import dev.berth.v1.ExportCopyRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      long bytes;
      try (OutputStream to = Files.newOutputStream(part)) {
        bytes = receive(to);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      cli.printer().say(file + ", " + Words.bytes(bytes));
    } finally {
      Files.deleteIfExists(part);
    }
    return ExitCode.OK.code();
  }

  private long receive(OutputStream to) throws IOException {
    long bytes = 0;
    var request = ExportCopyRequest.newBuilder().setSessionId(id()).build();
    try (Progress progress = cli.progress("export", 0)) {
      var answers = cli.connection().workspaces().exportCopy(request);
      while (answers.hasNext()) {
        var data = answers.next().getData();
        data.writeTo(to);
        progress.add(data.size());
        bytes += data.size();
      }
    }
    return bytes;
  }
}

package dev.berth.cli.artifact;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Part;
import dev.berth.cli.output.Printer;
import dev.berth.cli.output.WholeFile;
import dev.berth.v1.Artifact;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.DownloadArtifactResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth artifact download ARTIFACT [FILE]}. */
@Command(
    name = "download",
    description = "Write an artifact to a local file. No executor takes part.",
    mixinStandardHelpOptions = true)
final class Download extends ArtifactCommand.Of {

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "FILE",
      description = "Default: the file's own name, here. - for the standard output.")
  String file = "";

  @Mixin Part part = new Part();

  @Option(
      names = {"-f", "--force"},
      description = "Replace a file that is there.")
  boolean force;

  Download(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() throws IOException {
    var answers =
        cli.connection()
            .artifacts()
            .downloadArtifact(
                DownloadArtifactRequest.newBuilder()
                    .setArtifactId(id())
                    .setOffset(part.offset)
                    .setLength(part.length)
                    .build());
    Artifact found = answers.next().getArtifact();
    if (file.equals("-")) {
      cli.printer().bytes(answers, DownloadArtifactResponse::getData);
      return ExitCode.OK.code();
    }
    Path target = Path.of(file.isEmpty() ? name(found) : file);
    if (Files.exists(target) && !force) {
      throw new CliException(
          ExitCode.USAGE, target + " is there already.", "Name another file, or add --force.");
    }
    WholeFile.write(target, out -> Printer.copy(answers, DownloadArtifactResponse::getData, out));
    cli.printer().show(found, () -> cli.printer().say(target + ": " + found.getPath()));
    return ExitCode.OK.code();
  }

  /** The file's own name, never one that leads elsewhere. */
  private static String name(Artifact artifact) {
    String name = artifact.getPath().substring(artifact.getPath().lastIndexOf('/') + 1);
    return name.isEmpty() || name.equals(".") || name.equals("..") ? artifact.getId() : name;
  }
}

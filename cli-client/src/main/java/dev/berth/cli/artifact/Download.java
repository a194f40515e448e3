package dev.berth.cli.artifact;

import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Part;
import dev.berth.v1.Artifact;
import dev.berth.v1.DownloadArtifactRequest;
import dev.berth.v1.DownloadArtifactResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
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
      copy(answers, cli.printer().out());
      return ExitCode.OK.code();
    }
    Path target = Path.of(file.isEmpty() ? name(found) : file);
    if (Files.exists(target) && !force) {
      throw new CliException(
          ExitCode.USAGE, target + " is there already.", "Name another file, or add --force.");
    }
    write(answers, target);
    cli.printer().show(found, () -> cli.printer().say(target + ": " + found.getPath()));
    return ExitCode.OK.code();
  }

  /** The file's own name, never one that leads elsewhere. */
  private static String name(Artifact artifact) {
    String name = artifact.getPath().substring(artifact.getPath().lastIndexOf('/') + 1);
    return name.isEmpty() || name.equals(".") || name.equals("..") ? artifact.getId() : name;
  }

  /** All of it, or nothing. */
  private static void write(Iterator<DownloadArtifactResponse> answers, Path target)
      throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        copy(answers, out);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      boolean left = Files.deleteIfExists(part);
      assert !left || !Files.exists(part);
    }
  }

  private static void copy(Iterator<DownloadArtifactResponse> answers, OutputStream out)
      throws IOException {
    while (answers.hasNext()) {
      answers.next().getData().writeTo(out);
    }
    out.flush();
  }
}

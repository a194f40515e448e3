package dev.berth.cli.artifact;

import com.google.protobuf.Duration;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.CreateArtifactRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth artifact create SESSION PATH}. */
@Command(
    name = "create",
    description = "Keep a file of a session, as it is now or as a snapshot has it.",
    mixinStandardHelpOptions = true)
final class Create implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "SESSION", description = "Its name, or its id.")
  String session = "";

  @Parameters(index = "1", paramLabel = "PATH", description = "A file of its workspace.")
  String path = "";

  @Option(names = "--snapshot", paramLabel = "SNAPSHOT", description = "Take it from there.")
  @Nullable String snapshot;

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "How long it is kept. Default: as long as the session.")
  @Nullable Duration retention;

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Repeatable.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Mixin RequestId requestId = new RequestId();

  Create(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    String below = "/workspace/";
    var request =
        CreateArtifactRequest.newBuilder()
            .setSessionId(cli.names().session(session))
            .setPath(path.startsWith(below) ? path.substring(below.length()) : path)
            .putAllLabels(labels)
            .setRequestId(requestId.text);
    if (snapshot != null) {
      request.setSnapshotId(cli.names().snapshot(snapshot));
    }
    if (retention != null) {
      request.setRetention(retention);
    }
    ArtifactCommand.print(
        cli, cli.connection().artifacts().createArtifact(request.build()).getArtifact());
    return ExitCode.OK.code();
  }
}

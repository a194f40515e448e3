package dev.berth.cli.session;

import com.google.protobuf.util.Durations;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.GetSessionRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth session fork}. */
@Command(
    name = "fork",
    description = {
      "Make a session that begins with the files of a snapshot, or of another session as last"
          + " saved.",
      "Nothing is copied; both go on separately. It runs as the other does."
    },
    mixinStandardHelpOptions = true)
final class Fork implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      index = "0",
      paramLabel = "SNAPSHOT|SESSION",
      description = "An id or its begin; or a session's name.")
  String from = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Of the new session; unique in the project.")
  String name = "";

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Repeatable.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(names = "--activate", description = "Make it active, and wait for that.")
  boolean activate;

  @Mixin RequestId requestId = new RequestId();

  Fork(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    var request =
        CreateSessionRequest.newBuilder()
            .setName(name)
            .putAllLabels(labels)
            .setRequestId(requestId.text)
            .setActivate(activate)
            .setFromSnapshotId(snapshot());
    if (activate) {
      request.setWait(Durations.fromSeconds(60));
    }
    SessionView.print(cli, cli.connection().sessions().createSession(request.build()).getSession());
    return ExitCode.OK.code();
  }

  private String snapshot() {
    if (from.startsWith("snp_")) {
      return cli.names().snapshot(from);
    }
    var request = GetSessionRequest.newBuilder().setSessionId(cli.names().session(from)).build();
    String head = cli.connection().sessions().getSession(request).getSession().getHeadSnapshotId();
    if (head.isEmpty()) {
      throw new CliException(
          ExitCode.CONFLICT,
          "Session " + from + " was never saved.",
          "Save it first: berth workspace sync " + from);
    }
    return head;
  }
}

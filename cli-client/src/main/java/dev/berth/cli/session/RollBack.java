package dev.berth.cli.session;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.v1.RollBackSessionRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code berth session rollback}. */
@Command(
    name = "rollback",
    description = {
      "Let a session go on from an earlier snapshot of it.",
      "An active one is saved and stopped first, and active again afterwards. Nothing is lost:"
          + " what",
      "it held stays a snapshot."
    },
    mixinStandardHelpOptions = true)
final class RollBack extends SessionCommand.One {
  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Its id, or the begin of it.")
  String snapshot = "";

  @Mixin RequestId requestId = new RequestId();

  RollBack(Cli cli) {
    super(cli);
  }

  @Override
  public Integer call() {
    var request =
        RollBackSessionRequest.newBuilder()
            .setSessionId(id())
            .setSnapshotId(cli.names().snapshot(snapshot))
            .setRequestId(requestId.text)
            .build();
    SessionView.print(cli, cli.connection().sessions().rollBackSession(request).getSession());
    return ExitCode.OK.code();
  }
}

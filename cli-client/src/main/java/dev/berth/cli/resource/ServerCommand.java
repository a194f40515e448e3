package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.GetServerInfoRequest;
import dev.berth.v1.WhoAmIRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code berth server …}. */
@Command(
    name = "server",
    description = "The control plane itself.",
    mixinStandardHelpOptions = true,
    subcommands = {ServerCommand.Info.class, ServerCommand.WhoAmI.class})
public final class ServerCommand {

  @Command(name = "info", description = "Which server this is.", mixinStandardHelpOptions = true)
  static final class Info implements Callable<Integer> {
    private final Cli cli;

    Info(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var info = cli.connection().system().getServerInfo(GetServerInfoRequest.getDefaultInstance());
      cli.printer()
          .show(
              info,
              () ->
                  cli.printer()
                      .out()
                      .printf(
                          "berth %s%n  installation  %s%n  replica       %s%n  database      %s%n  object store  %s%n",
                          info.getVersion(),
                          info.getInstallationId(),
                          info.getReplicaId(),
                          info.getDatabase(),
                          info.getObjectStore()));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "whoami",
      description = "Whom your key belongs to.",
      mixinStandardHelpOptions = true)
  static final class WhoAmI implements Callable<Integer> {
    private final Cli cli;

    WhoAmI(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var me = cli.connection().system().whoAmI(WhoAmIRequest.getDefaultInstance());
      cli.printer()
          .show(
              me,
              () ->
                  cli.printer()
                      .out()
                      .printf(
                          "%s  %s of project %s%n",
                          me.getActor().getId(), me.getRole(), me.getProjectId()));
      return ExitCode.OK.code();
    }
  }
}

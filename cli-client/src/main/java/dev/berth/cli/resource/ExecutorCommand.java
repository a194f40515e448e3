package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.ListExecutorsRequest;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth executor …}. */
@Command(
    name = "executor",
    description = "The hosts that run workers.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ExecutorCommand.CreateToken.class,
      ExecutorCommand.Get.class,
      ExecutorCommand.ListAll.class
    })
public final class ExecutorCommand {

  @Command(
      name = "create-token",
      description = "Make a token that enrols one executor. It is shown this once.",
      mixinStandardHelpOptions = true)
  static final class CreateToken implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "The executor will carry it. Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    CreateToken(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = CreateEnrolmentTokenRequest.newBuilder().putAllLabels(labels).build();
      var answer = cli.connection().executors().createEnrolmentToken(request);
      if (cli.printer().json()) {
        cli.printer().document(answer);
      } else {
        cli.printer().out().println(answer.getToken());
      }
      return ExitCode.OK.code();
    }
  }

  @Command(name = "get", description = "Show an executor.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(
        index = "0",
        paramLabel = "EXECUTOR",
        description = "Its name, its id, or the begin of its id.")
    String executor = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request =
          GetExecutorRequest.newBuilder().setExecutorId(cli.names().executor(executor)).build();
      var found = cli.connection().executors().getExecutor(request).getExecutor();
      if (cli.printer().json()) {
        cli.printer().document(found);
      } else {
        text(found, cli.printer().out());
      }
      return ExitCode.OK.code();
    }

    private void text(Executor e, PrintStream out) {
      out.printf("%s  %s  %s%n", e.getId(), e.getName(), state(e));
      out.printf("  seen      %s ago%n", Words.age(e.getLastSeenTime(), cli.clock()));
      out.printf("  workers   %d of %d%n", e.getUsed().getWorkers(), e.getCapacity().getWorkers());
      out.printf(
          "  memory    %s of %s%n",
          Words.bytes(e.getUsed().getMemoryBytes()), Words.bytes(e.getCapacity().getMemoryBytes()));
      e.getLabelsMap().forEach((key, value) -> out.printf("  label     %s=%s%n", key, value));
      e.getHardeningMap().forEach((fact, value) -> out.printf("  hardening %s: %s%n", fact, value));
    }
  }

  @Command(name = "list", description = "List executors.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .executors()
              .listExecutors(ListExecutorsRequest.newBuilder().setPageSize(1000).build());
      if (cli.printer().json()) {
        cli.printer().document(answer);
        return ExitCode.OK.code();
      }
      var table = new Table("ID", "NAME", "STATE", "WORKERS", "SEEN", "VERSION");
      for (Executor e : answer.getExecutorsList()) {
        table.row(
            e.getId(),
            e.getName(),
            state(e),
            e.getUsed().getWorkers() + "/" + e.getCapacity().getWorkers(),
            Words.age(e.getLastSeenTime(), cli.clock()),
            e.getVersion());
      }
      table.print(cli.printer().out());
      return ExitCode.OK.code();
    }
  }

  private static String state(Executor e) {
    if (!e.getConnected()) {
      return "disconnected";
    }
    return e.getReady() ? "ready" : "not ready: " + e.getNotReadyReason();
  }
}

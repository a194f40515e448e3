package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.CordonExecutorRequest;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.DeleteExecutorRequest;
import dev.berth.v1.DrainExecutorRequest;
import dev.berth.v1.Executor;
import dev.berth.v1.ExecutorState;
import dev.berth.v1.GetExecutorRequest;
import dev.berth.v1.ListExecutorsRequest;
import dev.berth.v1.UncordonExecutorRequest;
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
      ExecutorCommand.ListAll.class,
      ExecutorCommand.Cordon.class,
      ExecutorCommand.Uncordon.class,
      ExecutorCommand.Drain.class,
      ExecutorCommand.Delete.class
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
      cli.printer().show(answer, () -> cli.printer().out().println(answer.getToken()));
      return ExitCode.OK.code();
    }
  }

  /** What the commands on one executor share. */
  abstract static class One implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(
        index = "0",
        paramLabel = "EXECUTOR",
        description = "Its name, its id, or the begin of its id.")
    String executor = "";

    One(Cli cli) {
      this.cli = cli;
    }

    /** Does it and answers the executor as it is then. */
    abstract Executor ask(String id);

    @Override
    public Integer call() {
      Executor found = ask(cli.names().executor(executor));
      cli.printer().show(found, () -> text(found, cli.printer().out()));
      return ExitCode.OK.code();
    }

    private void text(Executor e, PrintStream out) {
      out.printf("%s  %s  %s%n", e.getId(), e.getName(), state(e));
      out.printf("  seen      %s ago%n", Words.age(e.getLastSeenTime(), cli.clock()));
      out.printf("  workers   %d of %d%n", e.getUsed().getWorkers(), e.getCapacity().getWorkers());
      if (e.getSessionlessRuns() > 0) {
        out.printf(
            "  runs without a session: %d at once, of %s%n",
            e.getSessionlessRuns(), String.join(", ", e.getSessionlessProvidersList()));
      }
      out.printf("  unsaved   %d copies%n", e.getUnsavedCopies());
      out.printf(
          "  disk      %s free of %s%n",
          Words.bytes(e.getDiskFreeBytes()), Words.bytes(e.getCapacity().getDiskBytes()));
      out.printf(
          "  memory    %s of %s%n",
          Words.bytes(e.getUsed().getMemoryBytes()), Words.bytes(e.getCapacity().getMemoryBytes()));
      e.getLabelsMap().forEach((key, value) -> out.printf("  label     %s=%s%n", key, value));
      e.getMountsList().forEach(name -> out.printf("  mount     %s%n", name));
      e.getHardeningMap().forEach((fact, value) -> out.printf("  hardening %s: %s%n", fact, value));
    }
  }

  @Command(name = "get", description = "Show an executor.", mixinStandardHelpOptions = true)
  static final class Get extends One {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    Executor ask(String id) {
      var request = GetExecutorRequest.newBuilder().setExecutorId(id).build();
      return cli.connection().executors().getExecutor(request).getExecutor();
    }
  }

  @Command(
      name = "cordon",
      description = "Place no new workers on an executor; what runs there goes on.",
      mixinStandardHelpOptions = true)
  static final class Cordon extends One {
    Cordon(Cli cli) {
      super(cli);
    }

    @Override
    Executor ask(String id) {
      var request = CordonExecutorRequest.newBuilder().setExecutorId(id).build();
      return cli.connection().executors().cordonExecutor(request).getExecutor();
    }
  }

  @Command(
      name = "uncordon",
      description = "Place workers on it again; a drain under way ends.",
      mixinStandardHelpOptions = true)
  static final class Uncordon extends One {
    Uncordon(Cli cli) {
      super(cli);
    }

    @Override
    Executor ask(String id) {
      var request = UncordonExecutorRequest.newBuilder().setExecutorId(id).build();
      return cli.connection().executors().uncordonExecutor(request).getExecutor();
    }
  }

  @Command(
      name = "drain",
      description = "Move every session to other executors: idle ones now, others after their run.",
      mixinStandardHelpOptions = true)
  static final class Drain extends One {
    Drain(Cli cli) {
      super(cli);
    }

    @Override
    Executor ask(String id) {
      var request = DrainExecutorRequest.newBuilder().setExecutorId(id).build();
      return cli.connection().executors().drainExecutor(request).getExecutor();
    }
  }

  @Command(
      name = "delete",
      description = "Take a drained executor out of the project, and revoke its credential.",
      mixinStandardHelpOptions = true)
  static final class Delete extends One {
    @Option(
        names = "--force",
        description = "Give its workers up and abandon what no snapshot has.")
    boolean force;

    Delete(Cli cli) {
      super(cli);
    }

    @Override
    Executor ask(String id) {
      var request = DeleteExecutorRequest.newBuilder().setExecutorId(id).setForce(force).build();
      return cli.connection().executors().deleteExecutor(request).getExecutor();
    }
  }

  @Command(name = "list", description = "List executors.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(names = "--deleted", description = "Also deleted ones.")
    boolean deleted;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .executors()
              .listExecutors(
                  ListExecutorsRequest.newBuilder()
                      .setPageSize(1000)
                      .setShowDeleted(deleted)
                      .build());
      cli.printer()
          .show(
              answer,
              () -> {
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
              });
      return ExitCode.OK.code();
    }
  }

  private static String state(Executor e) {
    String wished =
        e.getState() == ExecutorState.EXECUTOR_STATE_ACTIVE
            ? ""
            : Words.constant(e.getState(), "EXECUTOR_STATE_") + ", ";
    if (e.getState() == ExecutorState.EXECUTOR_STATE_DELETED) {
      return "deleted";
    }
    if (!e.getConnected()) {
      return wished + "disconnected";
    }
    return wished + (e.getReady() ? "ready" : "not ready: " + e.getNotReadyReason());
  }
}

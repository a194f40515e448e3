package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.GetWorkerRequest;
import dev.berth.v1.ListWorkersRequest;
import dev.berth.v1.Worker;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth worker …}. */
@Command(
    name = "worker",
    description = "The incarnations of sessions' containers on executors.",
    mixinStandardHelpOptions = true,
    subcommands = {WorkerCommand.Get.class, WorkerCommand.ListAll.class})
public final class WorkerCommand {

  @Command(name = "get", description = "Show a worker.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "WORKER", description = "Its id, or the begin of it.")
    String worker = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = GetWorkerRequest.newBuilder().setWorkerId(cli.names().worker(worker)).build();
      var found = cli.connection().executors().getWorker(request).getWorker();
      cli.printer().show(found, () -> show(cli, List.of(found)));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "list",
      description = "List workers, newest first.",
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    @Option(names = "--executor", defaultValue = "", description = "Only on this executor.")
    String executor = "";

    @Option(names = "--removed", description = "Also removed ones.")
    boolean removed;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = ListWorkersRequest.newBuilder().setShowRemoved(removed).setPageSize(1000);
      if (!session.isEmpty()) {
        request.setSessionId(cli.names().session(session));
      }
      if (!executor.isEmpty()) {
        request.setExecutorId(cli.names().executor(executor));
      }
      var answer = cli.connection().executors().listWorkers(request.build());
      cli.printer().show(answer, () -> show(cli, answer.getWorkersList()));
      return ExitCode.OK.code();
    }
  }

  private static void show(Cli cli, List<Worker> workers) {
    var table = new Table("ID", "SESSION", "GENERATION", "STATE", "EXECUTOR", "DISK", "AGE", "WHY");
    for (Worker w : workers) {
      table.row(
          w.getId(),
          w.getSessionId(),
          w.getGeneration(),
          Words.constant(w.getState(), "WORKER_STATE_"),
          w.getExecutorId(),
          Words.bytes(w.getDiskUsedBytes()),
          Words.age(w.getCreateTime(), cli.clock()),
          w.getReason());
    }
    table.print(cli.printer().out());
  }
}

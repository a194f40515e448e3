package dev.berth.cli.resource;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.Queue;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code berth queue …}. */
@Command(
    name = "queue",
    description = "Where runs wait.",
    mixinStandardHelpOptions = true,
    subcommands = {QueueCommand.Get.class, QueueCommand.ListAll.class})
public final class QueueCommand {

  @Command(name = "get", description = "Show a queue.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "Its name or id.")
    String queue = "";

    Get(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var found =
          cli.connection()
              .queues()
              .getQueue(GetQueueRequest.newBuilder().setQueue(queue).build())
              .getQueue();
      cli.printer().show(found, () -> show(cli, List.of(found)));
      return ExitCode.OK.code();
    }
  }

  @Command(name = "list", description = "List queues.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .queues()
              .listQueues(ListQueuesRequest.newBuilder().setPageSize(1000).build());
      cli.printer().show(answer, () -> show(cli, answer.getQueuesList()));
      return ExitCode.OK.code();
    }
  }

  private static void show(Cli cli, List<Queue> queues) {
    var table = new Table("ID", "NAME", "WAITING", "ACTIVE", "MAX ACTIVE", "MAX WAITING");
    queues.forEach(q ->
        table.row(
            q.getId(),
            q.getName(),
            q.getWaiting(),
            q.getActive(),
            bound(q.getMaxConcurrency()),
            bound(q.getMaxDepth())));
    table.print(cli.printer().out());
  }

  private static String bound(int limit) {
    return limit == 0 ? "" : Integer.toString(limit);
  }
}

package dev.berth.cli.queue;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.CreateQueueRequest;
import dev.berth.v1.DeleteQueueRequest;
import dev.berth.v1.GetQueueRequest;
import dev.berth.v1.GetQueueStatsRequest;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.ResumeQueueRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code berth queue …}. */
@Command(
    name = "queue",
    description = "Where runs wait.",
    mixinStandardHelpOptions = true,
    subcommands = {
      QueueCommand.Create.class,
      QueueCommand.Get.class,
      QueueCommand.ListAll.class,
      QueueCommand.Update.class,
      QueueCommand.Delete.class,
      QueueCommand.Pause.class,
      QueueCommand.Resume.class,
      QueueCommand.Stats.class,
      QueueTop.class
    })
public final class QueueCommand {

  @Command(
      name = "create",
      description =
          "Make a queue. Its runs go by priority, then by turns of its keys, then by age.",
      mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "NAME", description = "What it is called.")
    String name = "";

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Mixin QueueOptions options = new QueueOptions();

    Create(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      return QueueView.show(
          cli,
          cli.connection()
              .queues()
              .createQueue(
                  CreateQueueRequest.newBuilder()
                      .setName(name)
                      .putAllLabels(labels)
                      .setSpec(options.said().getSpec())
                      .build())
              .getQueue());
    }
  }

  /** A command about one queue. */
  abstract static class OfQueue implements Callable<Integer> {
    final Cli cli;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "Its name or id.")
    String queue = "";

    OfQueue(Cli cli) {
      this.cli = cli;
    }
  }

  @Command(name = "get", description = "Show a queue.", mixinStandardHelpOptions = true)
  static final class Get extends OfQueue {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return QueueView.show(
          cli,
          cli.connection()
              .queues()
              .getQueue(GetQueueRequest.newBuilder().setQueue(queue).build())
              .getQueue());
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
      cli.printer()
          .show(answer, () -> QueueView.table(cli.printer().out(), answer.getQueuesList()));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "update",
      description = "Change what bounds a queue; what is under way goes on.",
      mixinStandardHelpOptions = true)
  static final class Update extends OfQueue {
    @Mixin QueueOptions options = new QueueOptions();

    Update(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return QueueView.show(
          cli,
          cli.connection().queues().updateQueue(options.said().setQueue(queue).build()).getQueue());
    }
  }

  @Command(
      name = "delete",
      description = "Delete a queue in which no run waits or is under way.",
      mixinStandardHelpOptions = true)
  static final class Delete extends OfQueue {
    Delete(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var answer =
          cli.connection()
              .queues()
              .deleteQueue(DeleteQueueRequest.newBuilder().setQueue(queue).build());
      cli.printer().show(answer);
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "pause",
      description = "Let no run of it start; those under way go on.",
      mixinStandardHelpOptions = true)
  static final class Pause extends OfQueue {
    Pause(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return QueueView.show(
          cli,
          cli.connection()
              .queues()
              .pauseQueue(PauseQueueRequest.newBuilder().setQueue(queue).build())
              .getQueue());
    }
  }

  @Command(
      name = "resume",
      description = "Let its runs start again.",
      mixinStandardHelpOptions = true)
  static final class Resume extends OfQueue {
    Resume(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      return QueueView.show(
          cli,
          cli.connection()
              .queues()
              .resumeQueue(ResumeQueueRequest.newBuilder().setQueue(queue).build())
              .getQueue());
    }
  }

  @Command(
      name = "stats",
      description = "Count its runs, and those of its busiest keys.",
      mixinStandardHelpOptions = true)
  static final class Stats extends OfQueue {
    Stats(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var stats =
          cli.connection()
              .queues()
              .getQueueStats(GetQueueStatsRequest.newBuilder().setQueue(queue).build())
              .getStats();
      cli.printer().show(stats, () -> QueueView.stats(cli, stats));
      return ExitCode.OK.code();
    }
  }
}

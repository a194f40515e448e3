package dev.berth.cli.queue;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.session.SpecOptions;
import dev.berth.v1.GetQueueStatsRequest;
import dev.berth.v1.ListQueuesRequest;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueServiceGrpc.QueueServiceBlockingStub;
import dev.berth.v1.QueueStats;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** {@code berth queue top}. */
@Command(
    name = "top",
    description = {
      "Show what all queues do, again and again until Ctrl-C.",
      "Where the output is no terminal: once."
    },
    mixinStandardHelpOptions = true)
final class QueueTop implements Callable<Integer> {
  private static final String CLEAR = "\u001b[H\u001b[J";

  private final Cli cli;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = SpecOptions.Time.class,
      description = "Default: 2s.")
  Duration interval = Durations.fromSeconds(2);

  QueueTop(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!cli.terminal()) {
      show();
      return ExitCode.OK.code();
    }
    var end = new CountDownLatch(1);
    Signal.handle(new Signal("INT"), _ -> end.countDown());
    long millis = Math.max(100, Durations.toMillis(interval));
    do {
      Map<Queue, QueueStats> now = read();
      cli.printer().out().print(CLEAR);
      QueueView.top(cli, now);
      cli.printer().out().flush();
    } while (!end.await(millis, TimeUnit.MILLISECONDS));
    return ExitCode.OK.code();
  }

  private void show() {
    Map<Queue, QueueStats> now = read();
    if (cli.printer().json()) {
      now.values().forEach(cli.printer()::line);
    } else {
      QueueView.top(cli, now);
    }
  }

  /** Those with the most runs first. */
  private Map<Queue, QueueStats> read() {
    QueueServiceBlockingStub service = cli.connection().queues();
    var queues =
        service
            .listQueues(ListQueuesRequest.newBuilder().setPageSize(1000).build())
            .getQueuesList()
            .stream()
            .sorted(Comparator.comparing((Queue q) -> q.getWaiting() + q.getActive()).reversed())
            .toList();
    Map<Queue, QueueStats> read = new LinkedHashMap<>();
    for (Queue queue : queues) {
      read.put(
          queue,
          service
              .getQueueStats(GetQueueStatsRequest.newBuilder().setQueue(queue.getId()).build())
              .getStats());
    }
    return read;
  }
}

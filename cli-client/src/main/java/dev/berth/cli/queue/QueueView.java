package dev.berth.cli.queue;

import com.google.protobuf.util.Durations;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueKey;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.QueueStats;
import dev.berth.v1.RateLimit;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Queues as people see them. */
final class QueueView {
  private QueueView() {}

  static int show(Cli cli, Queue queue) {
    cli.printer().show(queue, () -> table(cli.printer().out(), List.of(queue)));
    return ExitCode.OK.code();
  }

  static void table(PrintStream out, List<Queue> queues) {
    var table =
        new Table(
            "ID",
            "NAME",
            "STATE",
            "WAITING",
            "ACTIVE",
            "MAX ACTIVE",
            "MAX WAITING",
            "KEY",
            "MAX PER KEY",
            "RATE",
            "RATE PER KEY",
            "ATTEMPTS",
            "RUNS KEPT");
    queues.forEach(q -> {
      QueueSpec spec = q.getSpec();
      table.row(
          q.getId(),
          q.getName(),
          state(q),
          q.getWaiting(),
          q.getActive(),
          bound(spec.getMaxConcurrency()),
          bound(spec.getMaxDepth()),
          key(spec.getKey()),
          bound(spec.getMaxConcurrencyPerKey()),
          rate(spec.getRate()),
          rate(spec.getRatePerKey()),
          bound(spec.getMaxAttempts()),
          spec.hasRunRetention() ? Words.span(span(spec.getRunRetention())) : "");
    });
    table.print(out);
  }

  static void stats(Cli cli, QueueStats stats) {
    PrintStream out = cli.printer().out();
    var table = new Table("WAITING", "DELAYED", "ACTIVE", "OLDEST", "ENDED/MIN", "FAILED/MIN");
    table.row(
        stats.getWaiting(),
        stats.getDelayed(),
        stats.getActive(),
        Words.age(stats.getOldestWaitingTime(), cli.clock()),
        stats.getEndedLastMinute(),
        stats.getFailedLastMinute());
    table.print(out);
    if (stats.getKeysCount() > 0) {
      var keys = new Table("KEY", "WAITING", "ACTIVE");
      stats.getKeysList().forEach(k -> keys.row(k.getKey(), k.getWaiting(), k.getActive()));
      out.println();
      keys.print(out);
    }
  }

  /** All queues with what each does, the busiest first. */
  static void top(Cli cli, Map<Queue, QueueStats> queues) {
    var table =
        new Table(
            "QUEUE",
            "STATE",
            "WAITING",
            "DELAYED",
            "ACTIVE",
            "MAX",
            "OLDEST",
            "ENDED/MIN",
            "FAILED/MIN",
            "BUSIEST KEY");
    queues.forEach((queue, stats) ->
        table.row(
            queue.getName(),
            state(queue),
            stats.getWaiting(),
            stats.getDelayed(),
            stats.getActive(),
            bound(queue.getSpec().getMaxConcurrency()),
            Words.age(stats.getOldestWaitingTime(), cli.clock()),
            stats.getEndedLastMinute(),
            stats.getFailedLastMinute(),
            stats.getKeysCount() == 0 ? "" : stats.getKeys(0).getKey()));
    table.print(cli.printer().out());
  }

  private static String state(Queue queue) {
    return queue.getPaused() ? "paused" : "open";
  }

  private static String bound(int limit) {
    return limit == 0 ? "" : Integer.toString(limit);
  }

  private static String key(QueueKey key) {
    return switch (key.getField()) {
      case FIELD_SESSION, FIELD_CREATOR -> Words.constant(key.getField(), "FIELD_");
      case FIELD_LABEL -> "label:" + key.getLabel();
      case FIELD_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static Duration span(com.google.protobuf.Duration time) {
    return Duration.ofNanos(Durations.toNanos(time));
  }

  private static String rate(RateLimit rate) {
    return rate.getTokens() == 0 ? "" : rate.getTokens() + "/" + Words.span(span(rate.getPeriod()));
  }
}

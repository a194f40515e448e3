package dev.berth.cli.run;

import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.ListRunEventsRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.WaitRunRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about runs that exist. */
final class RunQueries {
  private RunQueries() {}

  abstract static class One implements Callable<Integer> {
    protected final Cli cli;

    @Parameters(index = "0", paramLabel = "RUN", description = "Its id, or the begin of it.")
    String run = "";

    One(Cli cli) {
      this.cli = cli;
    }

    protected String id() {
      return cli.names().run(run);
    }
  }

  @Command(name = "get", description = "Show a run.", mixinStandardHelpOptions = true)
  static final class Get extends One {
    Get(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = GetRunRequest.newBuilder().setRunId(id()).build();
      RunView.print(cli, cli.connection().runs().getRun(request).getRun());
      return ExitCode.OK.code();
    }
  }

  @Command(name = "list", description = "List runs, newest first.", mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-s", "--session"},
        defaultValue = "",
        description = "Only of this session.")
    String session = "";

    @Option(names = "--state", description = "queued, running, failed, … Repeatable.")
    List<String> states = new ArrayList<>();

    @Option(names = "--queue", defaultValue = "", description = "Only of this queue.")
    String queue = "";

    @Option(
        names = "--conversation",
        defaultValue = "",
        paramLabel = "ID",
        description = "Only turns of this conversation.")
    String conversation = "";

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "Only with this label. Repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(
        names = "--limit",
        defaultValue = "50",
        description = "At most 1000. Default: ${DEFAULT-VALUE}.")
    int limit;

    ListAll(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      var request = ListRunsRequest.newBuilder().setPageSize(limit);
      if (!session.isEmpty()) {
        request.setSessionId(cli.names().session(session));
      }
      states.forEach(state -> request.addStates(RunView.state(state)));
      request.setQueue(queue).setConversationId(conversation).putAllLabels(labels);
      var answer = cli.connection().runs().listRuns(request.build());
      cli.printer()
          .show(
              answer,
              () -> {
                var table = new Table("ID", "STATE", "WAITS FOR", "EVENTS", "AGE", "COMMAND");
                for (Run r : answer.getRunsList()) {
                  table.row(
                      r.getId(),
                      RunView.state(r),
                      RunView.pending(r),
                      r.getLastSeq(),
                      Words.age(r.getCreateTime(), cli.clock()),
                      RunView.command(r));
                }
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "wait",
      description = "Wait until a run has ended, and exit with its program's code.",
      mixinStandardHelpOptions = true)
  static final class Wait extends One {
    Wait(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = WaitRunRequest.newBuilder().setRunId(id()).build();
      Run now = cli.connection().runs().waitRun(request).getRun();
      while (!now.hasEnd()) {
        now = cli.connection().runs().waitRun(request).getRun();
      }
      RunView.print(cli, now);
      return RunCommand.exitCode(now);
    }
  }

  @Command(
      name = "watch",
      description =
          "Show a run's events: those there are, then those to come. Ctrl-C ends only the watching.",
      mixinStandardHelpOptions = true)
  static final class Watch extends One {
    @Option(
        names = "--after",
        defaultValue = "0",
        paramLabel = "SEQ",
        description = "Only events behind this one.")
    long after;

    @Option(names = "--raw", description = "Only what the program prints, as it prints it.")
    boolean raw;

    Watch(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var follower = new RunFollower(cli.connection(), id());
      follower.follow(
          after,
          event -> {
            if (raw) {
              RunView.output(cli, event);
            } else {
              RunView.line(cli, event);
            }
          },
          () -> cli.printer().say("berth: The stream broke; resuming."));
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "events",
      description = "List a run's events as they are now.",
      mixinStandardHelpOptions = true)
  static final class Events extends One {
    @Option(
        names = "--after",
        defaultValue = "0",
        paramLabel = "SEQ",
        description = "Only events behind this one.")
    long after;

    @Option(names = "--type", description = "Only of this type. Repeatable.")
    List<String> types = new ArrayList<>();

    Events(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request =
          ListRunEventsRequest.newBuilder()
              .setRunId(id())
              .setAfterSeq(after)
              .addAllTypes(types)
              .setPageSize(1000);
      var answer = cli.connection().runs().listRunEvents(request.build());
      answer.getEventsList().forEach(event -> RunView.line(cli, event));
      while (answer.getExaminedSeq() < answer.getHeadSeq()) {
        answer =
            cli.connection()
                .runs()
                .listRunEvents(request.setAfterSeq(answer.getExaminedSeq()).build());
        answer.getEventsList().forEach(event -> RunView.line(cli, event));
      }
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "attempts",
      description = "List the tries at a run.",
      mixinStandardHelpOptions = true)
  static final class Attempts extends One {
    Attempts(Cli cli) {
      super(cli);
    }

    @Override
    public Integer call() {
      var request = ListRunAttemptsRequest.newBuilder().setRunId(id()).build();
      var answer = cli.connection().runs().listRunAttempts(request);
      cli.printer()
          .show(
              answer,
              () -> {
                var table = new Table("NUMBER", "ID", "WORKER", "START", "END");
                for (var a : answer.getAttemptsList()) {
                  table.row(
                      a.getNumber(),
                      a.getId(),
                      a.getWorkerId(),
                      Timestamps.toString(a.getStartTime()),
                      a.hasEnd() ? RunView.end(a.getEnd()) : "under way");
                }
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }
}

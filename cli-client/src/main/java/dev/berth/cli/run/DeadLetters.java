package dev.berth.cli.run;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.cli.RequestId;
import dev.berth.cli.output.Table;
import dev.berth.cli.output.Words;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.RedriveRunsRequest;
import dev.berth.v1.RedriveRunsResponse;
import dev.berth.v1.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands about runs whose attempts are used up. */
final class DeadLetters {
  private static final int AT_ONCE = 100;

  private DeadLetters() {}

  @Command(
      name = "dead-letters",
      description = {
        "List runs that used up their attempts because workers or executors were lost, newest first.",
        "See each of their attempts with berth run attempts, run them again with berth run redrive."
      },
      mixinStandardHelpOptions = true)
  static final class ListAll implements Callable<Integer> {
    private final Cli cli;

    @Option(names = "--queue", defaultValue = "", description = "Only of this queue.")
    String queue = "";

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
      var request =
          ListRunsRequest.newBuilder()
              .setDeadLetters(true)
              .setQueue(queue)
              .setPageSize(limit)
              .build();
      var answer = cli.connection().runs().listRuns(request);
      cli.printer()
          .show(
              answer,
              () -> {
                var table = new Table("ID", "ATTEMPTS", "DEAD", "COMMAND", "END");
                for (Run r : answer.getRunsList()) {
                  table.row(
                      r.getId(),
                      r.getAttempt(),
                      Words.age(r.getDeadLetterTime(), cli.clock()),
                      RunView.command(r),
                      RunView.end(r.getEnd()));
                }
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }
  }

  @Command(
      name = "redrive",
      description = "Run dead letters again, each as a new run; the old ones keep their history.",
      mixinStandardHelpOptions = true)
  static final class Redrive implements Callable<Integer> {
    private final Cli cli;

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(
        arity = "0..100",
        paramLabel = "RUN",
        description = "Their ids, or the begins of them.")
    List<String> runs = new ArrayList<>();

    @Option(names = "--all", description = "All dead letters, or all of --queue.")
    boolean all;

    @Option(names = "--queue", defaultValue = "", description = "With --all: only of this queue.")
    String queue = "";

    @Mixin RequestId requestId = new RequestId();

    Redrive(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      if (all == !runs.isEmpty() || !all && !queue.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            "Say either which runs to redrive, or --all, with or without --queue.");
      }
      if (all && !requestId.text.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            "--all goes without --request-id: what was redriven is no dead letter.");
      }
      var answer = all ? everything() : redrive(runs.stream().map(cli.names()::run).toList());
      cli.printer()
          .show(
              answer,
              () -> {
                var table = new Table("ID", "REDRIVES", "STATE");
                for (Run r : answer.getRunsList()) {
                  table.row(r.getId(), r.getRedriveOf(), RunView.state(r));
                }
                table.print(cli.printer().out());
              });
      return ExitCode.OK.code();
    }

    private RedriveRunsResponse redrive(List<String> ids) {
      return cli.connection()
          .runs()
          .redriveRuns(
              RedriveRunsRequest.newBuilder()
                  .addAllRunIds(ids)
                  .setRequestId(requestId.text)
                  .build());
    }

    /** Those that are dead now, by pages; one that dies again meanwhile is newer than all pages. */
    private RedriveRunsResponse everything() {
      var made = RedriveRunsResponse.newBuilder();
      var request =
          ListRunsRequest.newBuilder().setDeadLetters(true).setQueue(queue).setPageSize(AT_ONCE);
      do {
        var page = cli.connection().runs().listRuns(request.build());
        if (page.getRunsCount() > 0) {
          made.mergeFrom(redrive(page.getRunsList().stream().map(Run::getId).toList()));
        }
        request.setPageToken(page.getNextPageToken());
      } while (!request.getPageToken().isEmpty());
      return made.build();
    }
  }
}

package dev.berth.cli.run;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CancelRunsRequest;
import dev.berth.v1.CancelRunsResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth run cancel RUN}, or all runs of a filter. */
@Command(
    name = "cancel",
    description =
        "End a run, or all that options name: TERM, grace, KILL; what waits ends at once.",
    mixinStandardHelpOptions = true)
final class CancelRuns implements Callable<Integer> {
  private final Cli cli;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "RUN",
      description = "Its id, or the begin of it.")
  String run = "";

  @Option(
      names = {"-s", "--session"},
      defaultValue = "",
      description = "All runs of this session.")
  String session = "";

  @Option(names = "--queue", defaultValue = "", description = "All runs of this queue.")
  String queue = "";

  @Option(names = "--state", description = "All queued, starting, running, waiting. Repeatable.")
  List<String> states = new ArrayList<>();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "All with this label. Repeatable.")
  Map<String, String> labels = new LinkedHashMap<>();

  CancelRuns(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    boolean filtered =
        !(session.isEmpty() && queue.isEmpty() && states.isEmpty() && labels.isEmpty());
    if (filtered == !run.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "Say either which run to cancel, or of which queue, session, state or label.");
    }
    return filtered ? cancelAll() : cancelOne();
  }

  private int cancelOne() {
    var request = CancelRunRequest.newBuilder().setRunId(cli.names().run(run)).build();
    RunView.print(cli, cli.connection().runs().cancelRun(request).getRun());
    return ExitCode.OK.code();
  }

  private int cancelAll() {
    var request = CancelRunsRequest.newBuilder().setQueue(queue).putAllLabels(labels);
    if (!session.isEmpty()) {
      request.setSessionId(cli.names().session(session));
    }
    states.forEach(state -> request.addStates(RunView.state(state)));
    var sum = CancelRunsResponse.newBuilder();
    CancelRunsResponse answer;
    do {
      answer = cli.connection().runs().cancelRuns(request.build());
      sum.setCanceled(sum.getCanceled() + answer.getCanceled());
      sum.setCanceling(sum.getCanceling() + answer.getCanceling());
    } while (answer.getMore());
    cli.printer()
        .show(
            sum.build(),
            () ->
                cli.printer()
                    .out()
                    .printf(
                        "%d runs that waited are canceled, %d under way are being ended.%n",
                        sum.getCanceled(), sum.getCanceling()));
    return ExitCode.OK.code();
  }
}

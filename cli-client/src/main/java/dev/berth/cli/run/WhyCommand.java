package dev.berth.cli.run;

import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.ExplainRunRequest;
import dev.berth.v1.ExplainRunResponse;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code berth why}. */
@Command(
    name = "why",
    description = {
      "Tell the story of a run in sentences: what happened to it, what it waits for, how it ended.",
      "Of a session: how it stands, and the story of each run of it that has not ended."
    },
    mixinStandardHelpOptions = true)
public final class WhyCommand implements Callable<Integer> {
  private static final int RUNS = 20;

  private final Cli cli;

  @Parameters(
      index = "0",
      paramLabel = "RUN|SESSION",
      description = "A run's id or the begin of it; or a session's name, id or the begin of that.")
  String of = "";

  WhyCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (of.startsWith("run_")) {
      tell(cli.names().run(of));
    } else {
      session(cli.names().session(of));
    }
    return ExitCode.OK.code();
  }

  private void session(String id) {
    var session =
        cli.connection()
            .sessions()
            .getSession(GetSessionRequest.newBuilder().setSessionId(id).build())
            .getSession();
    var open =
        cli.connection()
            .runs()
            .listRuns(
                ListRunsRequest.newBuilder()
                    .setSessionId(id)
                    .addStates(RunState.RUN_STATE_QUEUED)
                    .addStates(RunState.RUN_STATE_STARTING)
                    .addStates(RunState.RUN_STATE_RUNNING)
                    .addStates(RunState.RUN_STATE_WAITING)
                    .setPageSize(RUNS)
                    .build());
    if (!cli.printer().json()) {
      cli.printer()
          .out()
          .printf(
              "The session %s is %s.%s%n",
              id,
              session.getState().name().substring("SESSION_STATE_".length()),
              session.getStateMessage().isEmpty() ? "" : " " + session.getStateMessage());
      if (open.getRunsCount() == 0) {
        cli.printer().out().println("No run of it waits or is under way.");
      }
    }
    for (Run run : open.getRunsList().reversed()) {
      tell(run.getId());
    }
  }

  private void tell(String id) {
    var story =
        cli.connection().runs().explainRun(ExplainRunRequest.newBuilder().setRunId(id).build());
    if (cli.printer().json()) {
      cli.printer().line(story);
      return;
    }
    var out = cli.printer().out();
    out.printf("%s  %s%n", id, RunView.state(story.getRun()));
    for (ExplainRunResponse.Sentence sentence : story.getSentencesList()) {
      out.printf(
          "  %-24s  %s%n",
          sentence.hasTime() ? Timestamps.toString(sentence.getTime()) : "now", sentence.getText());
    }
  }
}

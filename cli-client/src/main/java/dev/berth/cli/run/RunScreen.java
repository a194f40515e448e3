package dev.berth.cli.run;

import dev.berth.cli.Cli;
import dev.berth.cli.ExitCode;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.GetRunRequest;
import dev.berth.v1.Run;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/**
 * A run on the user's terminal: what it prints, to its end, whose exit code is ours. The first
 * Ctrl-C detaches and leaves the run to itself, a second one within a second cancels it.
 */
final class RunScreen {
  private final Cli cli;
  private final String runId;
  private final boolean quiet;
  private final AtomicInteger interrupts = new AtomicInteger();
  private final Semaphore secondInterrupt = new Semaphore(0);

  /**
   * @param quiet nothing but what the program prints
   */
  RunScreen(Cli cli, String runId, boolean quiet) {
    this.cli = cli;
    this.runId = runId;
    this.quiet = quiet;
  }

  /** Shows the events behind {@code after}; answers the exit code. */
  int show(long after) {
    var follower = new RunFollower(cli.connection(), runId);
    Signal.handle(new Signal("INT"), _ -> interrupted(follower));
    boolean json = cli.printer().json();
    boolean whole =
        follower.follow(
            after,
            event -> {
              if (json) {
                cli.printer().line(event);
              } else {
                RunView.output(cli, event);
                RunView.kept(event).ifPresent(this::tell);
                AgentView.did(event).ifPresent(this::tell);
              }
            },
            () -> tell("The stream broke; resuming."));
    if (!whole) {
      tell(
          "Detached; it goes on. See it again: berth run watch "
              + runId
              + " (Ctrl-C again to cancel it)");
      return lastChanceToCancel();
    }
    Run ended =
        cli.connection().runs().getRun(GetRunRequest.newBuilder().setRunId(runId).build()).getRun();
    int code = RunCommand.exitCode(ended);
    if (code != 0) {
      tell("The run " + RunView.state(ended) + ": " + RunView.end(ended.getEnd()));
    }
    return code;
  }

  private void interrupted(RunFollower follower) {
    if (interrupts.incrementAndGet() == 1) {
      follower.detach();
    } else {
      secondInterrupt.release();
    }
  }

  private int lastChanceToCancel() {
    try {
      if (secondInterrupt.tryAcquire(1, TimeUnit.SECONDS)) {
        cli.connection().runs().cancelRun(CancelRunRequest.newBuilder().setRunId(runId).build());
        tell("Cancelled.");
        return ExitCode.RUN_FAILURE.code();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DETACHED.code();
  }

  void tell(String sentence) {
    if (!quiet) {
      cli.printer().say("berth: " + sentence);
    }
  }
}

package dev.berth.cli.run;

import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Words;
import dev.berth.v1.ArtifactCreated;
import dev.berth.v1.Log;
import dev.berth.v1.PendingReason;
import dev.berth.v1.Run;
import dev.berth.v1.RunEnd;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunState;
import dev.berth.v1.WorkspaceSynced;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/** How runs, their ends and their events are shown. */
final class RunView {
  private RunView() {}

  static void print(Cli cli, Run run) {
    cli.printer()
        .show(
            run,
            () -> {
              PrintStream out = cli.printer().out();
              out.printf("%s  %s%n", run.getId(), state(run));
              if (!run.getSessionId().isEmpty()) {
                out.printf("  session   %s%n", run.getSessionId());
              }
              out.printf("  provider  %s%n", run.getSpec().getProvider());
              if (run.getSpec().hasAgent()) {
                out.printf("  asks      %s%n", command(run));
                out.printf("  belongs to %s%n", run.getConversationId());
              } else {
                out.printf("  command   %s%n", String.join(" ", run.getSpec().getCommandList()));
              }
              if (run.getPendingReason() != PendingReason.PENDING_REASON_UNSPECIFIED) {
                out.printf("  waits     %s: %s%n", pending(run), run.getPendingMessage());
              }
              if (run.hasEnd()) {
                out.printf("  end       %s%n", end(run.getEnd()));
              }
              out.printf(
                  "  attempts  %d of %d%n", run.getAttempt(), run.getSpec().getMaxAttempts());
              out.printf("  events    %d%n", run.getLastSeq());
              if (!run.getRedriveOf().isEmpty()) {
                out.printf("  redrives  %s%n", run.getRedriveOf());
              }
              if (!run.getRedrivenAs().isEmpty()) {
                out.printf("  redriven  as %s%n", run.getRedrivenAs());
              } else if (run.hasDeadLetterTime()) {
                out.printf("  dead letter: run it again with berth run redrive %s%n", run.getId());
              }
            });
  }

  static String state(Run run) {
    return Words.constant(run.getState(), "RUN_STATE_");
  }

  /** The state that was typed. */
  static RunState state(String typed) {
    try {
      return RunState.valueOf("RUN_STATE_" + typed.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE,
          "There is no run state \"" + typed + "\".",
          "Use queued, starting, running, waiting, succeeded, failed, canceled, skipped or expired.");
    }
  }

  /** Its command or prompt in one line, cut where it is long. */
  static String command(Run run) {
    String line =
        (run.getSpec().hasAgent()
                ? run.getSpec().getAgent().getPrompt()
                : String.join(" ", run.getSpec().getCommandList()))
            .replace('\n', ' ');
    return line.length() <= 60 ? line : line.substring(0, 59) + "…";
  }

  static String pending(Run run) {
    return run.getPendingReason() == PendingReason.PENDING_REASON_UNSPECIFIED
        ? ""
        : run.getPendingReason().name().substring("PENDING_REASON_".length());
  }

  static String end(RunEnd end) {
    String reason = end.getReason().name().substring("END_REASON_".length());
    String code = end.hasExitCode() ? " (exit code " + end.getExitCode() + ")" : "";
    return end.getMessage().isEmpty() ? reason + code : reason + code + ": " + end.getMessage();
  }

  /** What became of the files that the run names. */
  static Optional<String> kept(RunEvent event) {
    if (event.hasArtifactCreated()) {
      return Optional.of("Kept " + kept(event.getArtifactCreated()));
    }
    boolean not = event.hasWarning() && event.getWarning().getCode().equals("ARTIFACT_NOT_KEPT");
    return not ? Optional.of("Not kept: " + event.getWarning().getMessage()) : Optional.empty();
  }

  private static String kept(ArtifactCreated artifact) {
    return "%s as %s (%s)"
        .formatted(
            artifact.getPath(), artifact.getArtifactId(), Words.bytes(artifact.getSizeBytes()));
  }

  /**
   * The bytes a program printed, to where it printed them, and what an agent said; nothing else.
   */
  static void output(Cli cli, RunEvent shown) {
    RunEvent event = LargePayload.of(cli.connection(), shown);
    AgentView.said(event)
        .ifPresent(text -> {
          cli.printer().out().println(text);
          cli.printer().out().flush();
        });
    if (event.getPayloadCase() != RunEvent.PayloadCase.LOG) {
      return;
    }
    Log log = event.getLog();
    PrintStream to =
        log.getStream() == Log.Stream.STREAM_STDERR ? cli.printer().err() : cli.printer().out();
    byte[] bytes = log.getData().toByteArray();
    to.write(bytes, 0, bytes.length);
    to.flush();
  }

  static void line(Cli cli, RunEvent event) {
    if (cli.printer().json()) {
      cli.printer().line(event);
      return;
    }
    PrintStream out = cli.printer().out();
    out.printf(
        "%6d  %s  %-14s %s%n",
        event.getSeq(), Timestamps.toString(event.getTime()), event.getType(), summary(event));
    out.flush();
  }

  private static String summary(RunEvent event) {
    return switch (event.getPayloadCase()) {
      case RUN_CREATED -> "in " + event.getRunCreated().getQueueId();
      case RUN_STARTED ->
          "attempt "
              + event.getRunStarted().getAttempt()
              + " on worker "
              + event.getRunStarted().getWorkerId();
      case LOG -> log(event.getLog());
      case WARNING -> event.getWarning().getCode() + ": " + event.getWarning().getMessage();
      case RUN_RETRIED -> end(event.getRunRetried().getEnd());
      case WORKSPACE_SYNCED -> synced(event.getWorkspaceSynced());
      case RUN_FINISHED ->
          event.getRunFinished().getState() + ", " + end(event.getRunFinished().getEnd());
      case ARTIFACT_CREATED -> kept(event.getArtifactCreated());
      case PROVIDER_RAW -> "";
      default -> AgentView.summary(event);
      case PAYLOAD_NOT_SET ->
          event.hasPayloadRef()
              ? "in %s (%s)"
                  .formatted(
                      event.getPayloadRef().getArtifactId(),
                      Words.bytes(event.getPayloadRef().getSizeBytes()))
              : "";
    };
  }

  private static String synced(WorkspaceSynced synced) {
    int changed = synced.getChangedDuringSyncCount();
    return synced.getSnapshotId()
        + (changed == 0 ? "" : ", " + changed + " files were written meanwhile");
  }

  private static String log(Log log) {
    String stream = Words.constant(log.getStream(), "STREAM_");
    return stream
        + " "
        + log.getData().toStringUtf8().stripTrailing().replace("\n", "\n" + " ".repeat(49));
  }
}

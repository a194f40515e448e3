package dev.berth.cli.session;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.berth.cli.Cli;
import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import dev.berth.cli.output.Words;
import dev.berth.v1.Event;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import java.io.PrintStream;
import java.util.Locale;

/** How sessions and the events of their history are shown. */
public final class SessionView {
  private static final String STATE = "SESSION_STATE_";

  private SessionView() {}

  static SessionState state(String typed) {
    try {
      return SessionState.valueOf(STATE + typed.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE,
          "There is no session state \"" + typed + "\".",
          "Use active, activating, stopping, stopped, deleting or deleted.");
    }
  }

  static int print(Cli cli, Session session) {
    cli.printer().show(session, () -> text(session, cli.printer().out()));
    return ExitCode.OK.code();
  }

  private static void text(Session s, PrintStream out) {
    out.printf(
        "%s  %s  %s%n",
        s.getId(), s.getName().isEmpty() ? "-" : s.getName(), Words.constant(s.getState(), STATE));
    if (!s.getStateReason().isEmpty()) {
      out.printf("  why       %s: %s%n", s.getStateReason(), s.getStateMessage());
    }
    var spec = s.getSpec();
    out.printf(
        "  limits    %.1f cores, %s memory, %s disk, %d processes%n",
        spec.getResources().getCpuMillis() / 1000.0,
        Words.bytes(spec.getResources().getMemoryBytes()),
        Words.bytes(spec.getResources().getDiskBytes()),
        spec.getResources().getPids());
    out.printf("  image     %s%n", spec.getImage());
    out.printf(
        "  idle      saved and stopped after %s%s%n",
        Durations.toString(spec.getIdleTimeout()),
        spec.getAutoResume() ? "" : "; then waits to be activated");
    out.printf("  files     %s%n", files(s));
    if (!s.getWorkerId().isEmpty()) {
      out.printf("  worker    %s (generation %d)%n", s.getWorkerId(), s.getWorkerGeneration());
    }
  }

  private static String files(Session s) {
    String head =
        s.getHeadSnapshotId().isEmpty() ? "no snapshot yet" : "saved as " + s.getHeadSnapshotId();
    String unsaved = s.getUnsavedWork() ? ", with unsaved work on the executor" : "";
    String failed =
        s.getSyncFailures() == 0
            ? ""
            : ", " + s.getSyncFailures() + " syncs failed: " + s.getSyncError();
    return head + unsaved + failed;
  }

  /** An event of a resource's history as a line. */
  public static void line(Cli cli, Event event) {
    cli.printer()
        .out()
        .printf(
            "%s  %-22s %s%n",
            Timestamps.toString(event.getTime()), event.getType(), event.getMessage());
    cli.printer().out().flush();
  }
}

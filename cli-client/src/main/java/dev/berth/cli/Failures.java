package dev.berth.cli;

import com.google.rpc.BadRequest;
import dev.berth.cli.connection.Refusals;
import dev.berth.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;

/**
 * Says what failed and what to do next, and answers the exit code. No stack trace ever reaches the
 * user.
 */
final class Failures implements CommandLine.IExecutionExceptionHandler {
  private final PrintStream err;

  Failures(PrintStream err) {
    this.err = err;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    ExitCode code = report(failure);
    boolean ownsTheExitCode =
        command.getCommandSpec().userObject() instanceof RunsPrograms runs && runs.running();
    return ownsTheExitCode ? ExitCode.RUN_FAILURE.code() : code.code();
  }

  private ExitCode report(Exception failure) {
    return switch (failure) {
      case CliException known ->
          say(known.exitCode(), String.valueOf(known.getMessage()), known.nextStep());
      case StatusRuntimeException refused -> refused(refused);
      case IOException io ->
          say(
              ExitCode.FAILURE,
              "Could not read or write: " + io.getMessage(),
              "Check the path and its permissions.");
      case CancellationException stopped ->
          say(ExitCode.UNAVAILABLE, "Interrupted.", "Run the command again.");
      default ->
          say(
              ExitCode.FAILURE,
              "The client failed: " + failure.getClass().getSimpleName() + ".",
              "This is a defect of berth; please report it with the command you ran.");
    };
  }

  private ExitCode refused(StatusRuntimeException refused) {
    Status status = refused.getStatus();
    ErrorReason reason = Refusals.reason(refused).orElse(ErrorReason.ERROR_REASON_UNSPECIFIED);
    String message =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    if (reason == ErrorReason.ERROR_REASON_UNSPECIFIED
        && status.getCode() == Status.Code.UNAVAILABLE) {
      message = "The control plane does not answer.";
    }
    ExitCode code =
        say(ExitCode.of(status.getCode()), message, NextSteps.of(reason, status.getCode()));
    fields(refused);
    return code;
  }

  private void fields(StatusRuntimeException refused) {
    Refusals.detail(refused, BadRequest.class)
        .ifPresent(bad ->
            bad.getFieldViolationsList()
                .forEach(v -> err.println("  " + v.getField() + ": " + v.getDescription())));
  }

  private ExitCode say(ExitCode code, String message, String nextStep) {
    err.println("berth: " + message);
    if (!nextStep.isEmpty()) {
      err.println("  " + nextStep);
    }
    return code;
  }
}

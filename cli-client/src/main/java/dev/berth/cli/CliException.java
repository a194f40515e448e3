package dev.berth.cli;

/** A failure that the client itself found, with what the user can do about it. */
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final String nextStep;

  public CliException(ExitCode exitCode, String message, String nextStep) {
    super(message);
    this.exitCode = exitCode;
    this.nextStep = nextStep;
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  public String nextStep() {
    return nextStep;
  }
}

package dev.berth.executor.sessionless;

import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Does nothing, and is over at once, or after as many milliseconds as the command says. For
 * benchmarks and tests.
 */
public final class NoopProvider implements SessionlessProvider {
  private static final AttemptEnd DONE =
      new AttemptEnd(AttemptEnd.Outcome.SUCCEEDED, EndReason.COMPLETED, "", OptionalInt.empty(), 0);

  private final ScheduledExecutorService timer;

  public NoopProvider(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  @Override
  public String key() {
    return "noop";
  }

  @Override
  public Runnable begin(SessionlessStart start, Consumer<AttemptEnd> over) {
    List<String> command = start.command();
    if (command.isEmpty()) {
      over.accept(DONE);
      return () -> {};
    }
    long millis;
    try {
      millis = Long.parseLong(command.getFirst());
    } catch (NumberFormatException e) {
      over.accept(
          AttemptEnd.failed(
              EndReason.START_FAILED, "The command of a noop is a number of milliseconds."));
      return () -> {};
    }
    var end = timer.schedule(() -> over.accept(DONE), millis, TimeUnit.MILLISECONDS);
    return () -> end.cancel(false);
  }
}

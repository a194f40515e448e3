package dev.berth.executor.process;

import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ResourceCounters;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.Position;
import dev.berth.executor.linux.DiskRoom;
import dev.berth.executor.process.AttemptStore.Intent;
import dev.berth.executor.process.AttemptStore.Launch;
import dev.berth.executor.process.AttemptStore.Settled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Gathers why an attempt ended once nothing of it runs, and writes that down before anyone is told.
 */
final class Settlement {

  private final AttemptContext context;
  private final Intent intent;
  private final AttemptStore store;
  private final Journal journal;
  private @Nullable AttemptEnd decided;

  Settlement(AttemptContext context, Intent intent, AttemptStore store, Journal journal) {
    this.context = context;
    this.intent = intent;
    this.store = store;
    this.journal = journal;
  }

  /**
   * How it ends is known already: it never began, nobody knows whether it did, or its journal is
   * lost.
   */
  void decided(AttemptEnd end) {
    decided = end;
  }

  /**
   * Whether the attempt's disk, or that of its journal, has no room for bytes or for files at this
   * moment.
   */
  boolean diskFull() {
    try {
      return DiskRoom.of(Path.of(intent.disk())).full()
          || DiskRoom.of(context.journalDirectory()).full();
    } catch (IOException e) {
      return false;
    }
  }

  /** Why it ended, by what can be seen now that nothing of it runs; the first answer stands. */
  void conclude(@Nullable Launch launch, @Nullable StopReason stop, boolean diskFull)
      throws IOException {
    if (decided == null) {
      decided = cause(launch, stop, diskFull || diskFull());
    }
  }

  /**
   * @param notKept why files that the run names are not kept
   * @param sent as far as was handed on: the end is never before it, whatever the files look like
   *     now
   * @return what was written to disk
   */
  Settled settle(boolean started, List<String> notKept, Position sizes, Position sent)
      throws IOException {
    var end = Objects.requireNonNull(decided, "not concluded");
    journal.seal();
    var limit = context.limits().outputBytes();
    var out = Math.max(Math.min(sizes.out(), limit), sent.out());
    var err = Math.max(Math.min(sizes.err(), limit), sent.err());
    // Behind the last bytes one step for the end; without any bytes, behind the step of the start.
    var last = new Position(out, err, out + err > 0 || !started ? 1 : 2);
    var settled =
        new Settled(
            end.outcome().name(),
            end.reason().name(),
            end.message(),
            end.exitCode().orElse(-1),
            end.signal(),
            last,
            Math.max(0, sizes.out() - out),
            Math.max(0, sizes.err() - err),
            started,
            notKept);
    store.settled(settled);
    return settled;
  }

  private AttemptEnd cause(@Nullable Launch launch, @Nullable StopReason stop, boolean diskFull)
      throws IOException {
    var note = journal.exitNote();
    var code = launch == null ? Optional.<Integer>empty() : context.launcher().exitCode(launch);
    var container = context.runtime().inspect(intent.container());
    return Causes.of(
        new Causes.Facts(
            stop,
            code.map(OptionalInt::of).orElseGet(() -> noted(note)),
            note,
            used(launch),
            diskFull,
            container));
  }

  private Optional<ResourceCounters> used(@Nullable Launch launch) {
    if (launch == null) {
      return Optional.empty();
    }
    try {
      return context
          .runtime()
          .counters(intent.container())
          .map(now ->
              new ResourceCounters(
                  now.oomKills() - launch.oomKills(), now.pidsRefused() - launch.pidsRefused()));
    } catch (ContainerException e) {
      return Optional.empty();
    }
  }

  /** The exit code as the wrapper noted it, for an engine that has forgotten the process. */
  private static OptionalInt noted(String note) {
    return note.lines()
        .filter(line -> line.matches("exit [0-9]{1,3}"))
        .mapToInt(line -> Integer.parseInt(line.substring(5)))
        .findFirst();
  }

  static OutputFeed.Finish finish(Settled settled) {
    var code = settled.exitCode() < 0 ? OptionalInt.empty() : OptionalInt.of(settled.exitCode());
    return new OutputFeed.Finish(
        settled.last(),
        settled.outDropped(),
        settled.errDropped(),
        Objects.requireNonNullElse(settled.notKept(), List.of()),
        new AttemptEnd(
            AttemptEnd.Outcome.valueOf(settled.outcome()),
            EndReason.valueOf(settled.reason()),
            settled.message(),
            code,
            settled.signal()));
  }
}

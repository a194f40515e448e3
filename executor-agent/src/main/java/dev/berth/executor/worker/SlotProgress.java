package dev.berth.executor.worker;

import dev.berth.executor.workspace.Progress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Reports how far a phase of a slot's worker is, at most twice a second. Safe for many threads. */
final class SlotProgress implements Progress {

  private static final long PAUSE_NANOS = 500_000_000;

  private final Slot slot;
  private final String phase;
  private final LongSupplier nanos;
  private final AtomicLong last;

  SlotProgress(Slot slot, String phase, LongSupplier nanos) {
    this.slot = slot;
    this.phase = phase;
    this.nanos = nanos;
    this.last = new AtomicLong(nanos.getAsLong());
  }

  @Override
  public void at(long filesDone, long filesTotal, long bytesDone, long bytesTotal) {
    var now = nanos.getAsLong();
    var then = last.get();
    if (now - then > PAUSE_NANOS && last.compareAndSet(then, now)) {
      slot.report(phase, bytesDone, Math.max(bytesTotal, 0));
    }
  }
}

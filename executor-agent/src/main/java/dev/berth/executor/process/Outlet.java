package dev.berth.executor.process;

import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.mask.Mask;
import dev.berth.executor.process.AttemptStore.Offsets;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.Utterance;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands an attempt's batches on and gives the disk back what is acknowledged. Its lock guards the
 * feed, which the attempt's thread reads and the link's threads move; it is never held across a
 * call of the engine.
 */
final class Outlet implements Inputs.Speaker {

  private static final long FREE_STEP = 8L << 20;
  private static final long BLOCK = 4096;

  private final AttemptContext context;
  private final AttemptStore store;
  private final Journal journal;
  private final OutputFeed feed;
  private final ReentrantLock lock = new ReentrantLock();
  private Offsets written;
  private volatile long bytes;
  private volatile long nextBatch = System.nanoTime();

  Outlet(
      AttemptContext context,
      AttemptStore store,
      Journal journal,
      OutputFeed feed,
      Offsets written) {
    this.context = context;
    this.store = store;
    this.journal = journal;
    this.feed = feed;
    this.written = written;
  }

  Position sizes() throws IOException {
    var sizes = new Position(journal.size(JournalStream.OUT), journal.size(JournalStream.ERR), 0);
    bytes = sizes.bytes();
    return sizes;
  }

  /**
   * Printed when it was last looked; for other threads, which must not touch files that may be
   * closed.
   */
  long bytes() {
    return bytes;
  }

  /** When the next batch that is not full may go, by {@link System#nanoTime}. */
  long nextBatch() {
    return nextBatch;
  }

  boolean open() {
    return guarded(feed::open);
  }

  Position sent() {
    return guarded(feed::sent);
  }

  Position acked() {
    return guarded(feed::acked);
  }

  boolean finishAcked() {
    return guarded(feed::finishAcked);
  }

  void started() {
    guarded(() -> {
      feed.started();
      return true;
    });
  }

  void finish(AttemptStore.Settled settled) {
    guarded(() -> {
      feed.finish(Settlement.finish(settled));
      if (settled.started()) {
        feed.started();
      }
      return true;
    });
  }

  void acked(Position position) {
    guarded(() -> {
      feed.acked(position);
      return true;
    });
  }

  /** The values its process was given, as others know them, and how many they were. */
  void mask(List<String> values, int all) {
    guarded(() -> {
      if (!feed.masked()) {
        feed.mask(values.size() == all ? Mask.of(values) : Mask.EVERYTHING);
      }
      return true;
    });
  }

  /** Null for the position that was last seen acknowledged. */
  void adopt(@Nullable Position position) {
    guarded(() -> {
      feed.adopt(position == null ? feed.acked() : position);
      return true;
    });
  }

  /**
   * Hands on what may be handed on now: the first output after a silence at once, what follows
   * joined for a while.
   *
   * @param settled whether nothing will follow, so that there is nothing to wait for
   */
  void publish(boolean settled) throws IOException {
    var sizes = sizes();
    lock.lock();
    try {
      var now = System.nanoTime();
      while (settled || full(sizes) || now - nextBatch >= 0) {
        var batch = feed.next(sizes, context.clock().instant());
        if (batch.isEmpty()) {
          break;
        }
        nextBatch = now + context.limits().coalesce().toNanos();
        context.listener().batch(batch.get());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether its turn is over by its own account, as far as that was handed on. */
  boolean over() {
    return guarded(() -> feed.dialogue().end().isPresent());
  }

  @Override
  public boolean ready() throws IOException {
    lock.lock();
    try {
      return feed.ready(context.clock().instant());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<byte[]> words(Utterance utterance) {
    return guarded(() -> feed.dialogue().words(utterance));
  }

  @Override
  public Optional<Dialogue.Own> own() {
    return guarded(() -> feed.dialogue().own());
  }

  private boolean full(Position sizes) {
    return sizes.bytes() - feed.sent().bytes() >= context.limits().batchBytes();
  }

  /**
   * @param note whether to write the acknowledged position down even if nothing is given back
   */
  void giveBack(boolean note) throws IOException {
    var freed = guarded(feed::freed);
    // what is still to be read again stays
    var acked = guarded(() -> feed.offsets(freed)).acked();
    if (acked.bytes() - freed.bytes() >= FREE_STEP) {
      var upTo = new Position(free(acked.out()), free(acked.err()), 0);
      written = guarded(() -> feed.offsets(upTo));
      store.offsets(written, true);
      guarded(() -> {
        feed.freed(upTo);
        return true;
      });
      for (var stream : JournalStream.values()) {
        if (upTo.of(stream) > freed.of(stream)) {
          journal.punch(stream, upTo.of(stream));
        }
      }
    } else if (note && !acked.equals(written.acked())) {
      written = guarded(() -> feed.offsets(freed));
      store.offsets(written, false);
    }
  }

  /** How much may go: the mask of what comes next looks at what was before it. */
  private static long free(long acked) {
    return Math.max(0, acked - Mask.LONGEST_REACH) / BLOCK * BLOCK;
  }

  private <T> T guarded(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }
}

package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.loop.Signal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one run's log for all who watch it on this replica. One thread looks where the log's head
 * is, on each hint and once in a while without one, and tells the watchers. A few new ones are
 * fetched with that look, others when the first watcher asks for them, and kept, up to {@value
 * #WINDOW_BYTES} bytes; who is further behind reads the table itself. What is kept was read from
 * the table and never changes.
 */
final class RunTail {
  static final int WINDOW_BYTES = 2 << 20;
  private static final int ROW_BYTES = 200;

  /** So many new events are read at once when there is a hint; of more only the head is. */
  private static final int FEW = 100;

  private static final Logger log = LoggerFactory.getLogger(RunTail.class);

  /** The number of the newest event, and whether it is the last there will be. */
  record Head(long seq, boolean ended) {}

  private record Chunk(List<RunEventRow> rows, int bytes) {
    long first() {
      return rows.getFirst().seq();
    }

    long last() {
      return rows.getLast().seq();
    }
  }

  private final RunId run;
  private final RunEventRepository events;
  private final Duration interval;
  private final Signal hint = new Signal();
  private final Set<Runnable> watchers = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Chunk> window = new ArrayDeque<>();
  private int windowBytes;
  private volatile Head head;
  private volatile boolean closed;

  RunTail(RunId run, RunEventRepository events, Duration interval) {
    this.run = run;
    this.events = events;
    this.interval = interval;
    this.head = look();
  }

  /** Runs until {@link #close}. */
  void follow() {
    try {
      while (!closed) {
        boolean hinted = hint.await(interval);
        if (!closed) {
          lookAgain(hinted);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAgain(boolean hinted) {
    try {
      Head now = hinted ? readOn() : look();
      if (!now.equals(head)) {
        head = now;
        watchers.forEach(Runnable::run);
      }
    } catch (RuntimeException e) {
      log.debug("{}: the head cannot be read, hinted: {}", run, hinted, e);
    }
  }

  /**
   * Mostly a hint means a few events: one query finds them, and so the head. Where there may be
   * more, they are left to whoever has room for them.
   */
  private Head readOn() {
    Head before = head;
    List<RunEventRow> rows = events.read(run, before.seq(), FEW);
    if (rows.isEmpty()) {
      return before;
    }
    int bytes = bytes(rows);
    if (rows.size() == FEW || bytes > RunEventRepository.READ_BYTES / 2) {
      return look();
    }
    lock.lock();
    try {
      if (window.isEmpty() || window.getLast().last() == before.seq()) {
        keep(rows, bytes);
      }
    } finally {
      lock.unlock();
    }
    RunEventRow last = rows.getLast();
    return new Head(last.seq(), last.type().equals(RunEventRow.FINISHED));
  }

  private Head look() {
    return events.head(run).orElseThrow(() -> RunErrors.notFound(run));
  }

  void hint() {
    hint.raise();
  }

  void add(Runnable watcher) {
    watchers.add(watcher);
  }

  /** Answers how many watchers are left. */
  int remove(Runnable watcher) {
    watchers.remove(watcher);
    return watchers.size();
  }

  void close() {
    closed = true;
    hint.raise();
  }

  Head head() {
    return head;
  }

  /**
   * The events behind {@code after}, in order, as many as one answer carries; at least one where
   * the head is behind it.
   */
  List<RunEventRow> read(long after) {
    lock.lock();
    try {
      List<RunEventRow> kept = kept(after);
      if (!kept.isEmpty()) {
        return kept;
      }
      if (window.isEmpty() || after >= window.getLast().last()) {
        return fetch(after);
      }
    } finally {
      lock.unlock();
    }
    return events.read(run, after, RunEventRepository.READ_ROWS);
  }

  /** What the window has of them; nothing where they begin before it. */
  private List<RunEventRow> kept(long after) {
    var chunks = new ArrayDeque<Chunk>();
    for (Iterator<Chunk> newest = window.descendingIterator(); newest.hasNext(); ) {
      Chunk chunk = newest.next();
      if (chunk.last() <= after) {
        break;
      }
      chunks.addFirst(chunk);
    }
    if (chunks.isEmpty() || chunks.getFirst().first() > after + 1) {
      return List.of();
    }
    Chunk first = chunks.removeFirst();
    int skipped = (int) (after + 1 - first.first());
    List<RunEventRow> rows = first.rows().subList(skipped, first.rows().size());
    return chunks.isEmpty() ? rows : joined(rows, first.bytes(), chunks);
  }

  /** Whole chunks behind the first, while there is room for them. */
  private static List<RunEventRow> joined(
      List<RunEventRow> first, int firstBytes, Iterable<Chunk> more) {
    List<RunEventRow> rows = new ArrayList<>(first);
    int bytes = firstBytes;
    for (Chunk chunk : more) {
      bytes += chunk.bytes();
      if (bytes > RunEventRepository.READ_BYTES) {
        break;
      }
      rows.addAll(chunk.rows());
    }
    return rows;
  }

  private List<RunEventRow> fetch(long after) {
    List<RunEventRow> rows = events.read(run, after, RunEventRepository.READ_ROWS);
    if (rows.isEmpty()) {
      return rows;
    }
    if (!window.isEmpty() && window.getLast().last() != after) {
      window.clear();
      windowBytes = 0;
    }
    keep(rows, bytes(rows));
    return rows;
  }

  private static int bytes(List<RunEventRow> rows) {
    return rows.stream().mapToInt(row -> row.payload().length + ROW_BYTES).sum();
  }

  private void keep(List<RunEventRow> rows, int bytes) {
    window.addLast(new Chunk(List.copyOf(rows), bytes));
    windowBytes += bytes;
    while (windowBytes > WINDOW_BYTES && window.size() > 1) {
      windowBytes -= window.removeFirst().bytes();
    }
  }
}

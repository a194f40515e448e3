package dev.berth.controlplane.run;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.IdSource;
import dev.berth.common.PeriodicLoop;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.run.SessionlessRepository.Claimed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Gives one executor runs without a session, as many as it takes at once and a look-ahead; by the
 * replica that holds its link, so that what it has room for is known here. What is known is put
 * right by the rows each second: by attempts that ended elsewhere, and by claims of which it was
 * not heard whether they were committed.
 *
 * <p>There is room for the next run as soon as the executor says that one is over, not only once
 * that is committed: the claim and the settle go side by side. Of those that are said to be over
 * there are at most as many as it is given.
 */
final class SessionlessFeed implements AutoCloseable {
  private static final int BATCH = 100;
  private static final int MOST_AHEAD = 2 * BATCH;

  /** Up to so many every number is claimed as it is. */
  private static final int FEW = 8;

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Of the time at most a tenth goes to full scans, however many dead rows they pass. */
  private static final int SCAN_SHARE = 10;

  /** One that takes no longer is made whenever it might find something. */
  private static final Duration CHEAP_SCAN = Duration.ofMillis(2);

  /** What a feed needs of the control plane. */
  record Parts(
      SessionlessRepository rows,
      ClaimRepository claims,
      AdmissionRepository admissions,
      Transactions transactions,
      IdSource ids) {}

  private final ExecutorId executor;
  private final long epoch;
  private final int capacity;
  private final Parts parts;
  private final Consumer<List<SessionlessStart>> begin;
  private final PeriodicLoop loop;
  private final ClaimFloor floor = new ClaimFloor();

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<AttemptId> underWay = new HashSet<>();

  /** Of those under way what the executor has said is over, and is not committed. */
  private final Set<AttemptId> over = new HashSet<>();

  private final LookAhead ahead;
  private final Set<AttemptId> endedMeanwhile = new HashSet<>();
  private boolean counting;

  private @Nullable AttemptId countedTo;

  /** Of what is under way by the rows some is to be told yet: there was no room. */
  private boolean left;

  private long countedAt = Long.MIN_VALUE;
  private long scannedAt = System.nanoTime() - INTERVAL.toNanos();
  private long scanTook;
  private boolean admittedFirst;
  private volatile boolean admitted = true;

  /** A run may wait that no claim has looked for yet. */
  private volatile boolean waiting = true;

  SessionlessFeed(Executor executor, Parts parts, Consumer<List<SessionlessStart>> begin) {
    this.executor = executor.id();
    this.epoch = executor.link().epoch();
    this.capacity = executor.sessionless().runs();
    boolean keeps = executor.agent().features().contains(Executor.Agent.AHEAD);
    this.ahead = new LookAhead(keeps ? MOST_AHEAD : 0);
    this.parts = parts;
    this.begin = begin;
    this.loop = new PeriodicLoop("feed-" + executor.id(), INTERVAL, this::runOnce);
  }

  void start() {
    loop.start();
  }

  /** More may wait. */
  void wake() {
    waiting = true;
    loop.wake();
  }

  /** Runs of bounded queues may have been admitted. */
  void wakeForAdmitted() {
    admitted = true;
    loop.wake();
  }

  /**
   * The executor says so of the attempts: it has room again.
   *
   * @param ran how many of them it had begun
   */
  void over(Collection<AttemptId> attempts, int ran) {
    lock.lock();
    try {
      attempts.stream().filter(underWay::contains).forEach(over::add);
      ahead.ended(ran, System.nanoTime());
    } finally {
      lock.unlock();
    }
    loop.wake();
  }

  /** It is committed that the attempts have ended. */
  void ended(Collection<AttemptId> attempts) {
    lock.lock();
    try {
      underWay.removeAll(attempts);
      over.removeAll(attempts);
      if (counting) {
        endedMeanwhile.addAll(attempts);
      }
    } finally {
      lock.unlock();
    }
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  void runOnce() {
    boolean whole = false;
    try {
      feed();
      whole = true;
    } finally {
      if (!whole) {
        countedAt = Long.MIN_VALUE;
      }
    }
  }

  /** Queues with bounds and without take turns in going first. */
  private void feed() {
    long now = System.nanoTime();
    if (left || countedAt == Long.MIN_VALUE || now - countedAt >= INTERVAL.toNanos()) {
      count();
      countedAt = now;
      admitted = true;
      waiting = true;
    }
    if (left) {
      return;
    }
    if (now - scannedAt >= Math.max(INTERVAL.toNanos(), scanTook * SCAN_SHARE)) {
      scan();
    }
    for (int wanted = wanted(); wanted > 0; wanted = wanted()) {
      admittedFirst = !admittedFirst;
      int claimed = admittedFirst ? claimAdmitted(wanted) : claimWaiting(wanted);
      if (claimed < wanted) {
        wanted -= claimed;
        claimed = admittedFirst ? claimWaiting(wanted) : claimAdmitted(wanted);
      }
      if (claimed < wanted) {
        return;
      }
    }
  }

  /**
   * How many to claim now; none while the executor has more than half of its look-ahead still. Few
   * different numbers, since each has a statement of its own.
   */
  private int wanted() {
    lock.lock();
    try {
      int more = ahead.runs(System.nanoTime());
      int most = capacity + more;
      int free = Math.min(most - (underWay.size() - over.size()), 2 * most - underWay.size());
      if (free <= 0 || 2 * free < more) {
        return 0;
      }
      return free >= BATCH ? BATCH : free <= FEW ? free : Integer.highestOneBit(free);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What is under way by the rows; what of it was not told on this link is told now, as far as
   * there is room: an executor that fell may have had more than it takes at once, of which some was
   * over.
   */
  private void count() {
    AttemptId from = countedTo;
    AttemptId mark = new AttemptId(parts.ids().next());
    Set<AttemptId> known;
    lock.lock();
    try {
      counting = true;
      endedMeanwhile.clear();
      known = new HashSet<>(underWay);
    } finally {
      lock.unlock();
    }
    for (AttemptId attempt : known) {
      if (from != null && attempt.value().compareTo(from.value()) < 0) {
        from = attempt;
      }
    }
    Map<AttemptId, Boolean> found = parts.rows().underWay(executor, from);
    List<AttemptId> untold =
        found.entrySet().stream()
            .filter(one -> one.getValue() && !known.contains(one.getKey()))
            .map(Map.Entry::getKey)
            .sorted(Comparator.comparing(AttemptId::value))
            .toList();
    int room;
    lock.lock();
    try {
      counting = false;
      underWay.clear();
      underWay.addAll(found.keySet());
      underWay.removeAll(endedMeanwhile);
      over.retainAll(underWay);
      room =
          Math.clamp(capacity - (underWay.size() - over.size() - untold.size()), 0, untold.size());
      untold.subList(room, untold.size()).forEach(underWay::remove);
    } finally {
      lock.unlock();
    }
    left = room < untold.size();
    countedTo = left ? untold.get(room) : mark;
    if (room > 0) {
      begin.accept(parts.rows().starts(executor, untold.subList(0, room)));
    }
  }

  private void scan() {
    scannedAt = System.nanoTime();
    floor.scanned(parts.rows().firsts(executor));
    scanTook = System.nanoTime() - scannedAt;
  }

  /** From the floors; and where that is not enough, once more from what a full scan finds. */
  private int claimWaiting(int wanted) {
    if (!waiting) {
      return 0;
    }
    waiting = false;
    int claimed = claim(wanted);
    boolean cheap = scanTook < CHEAP_SCAN.toNanos();
    if (claimed < wanted && (cheap || System.nanoTime() - scannedAt >= scanTook * SCAN_SHARE)) {
      scan();
      claimed += claim(wanted - claimed);
    }
    if (claimed == wanted) {
      waiting = true;
    }
    return claimed;
  }

  private int claim(int wanted) {
    if (wanted == 0 || floor.lanes().isEmpty()) {
      return 0;
    }
    List<Claimed> claimed = parts.rows().claim(executor, epoch, floor.lanes(), attemptIds(wanted));
    claimed.forEach(one -> floor.claimed(one.lane(), one.start().run()));
    give(claimed.stream().map(Claimed::start).toList());
    return claimed.size();
  }

  private int claimAdmitted(int wanted) {
    if (!admitted || wanted == 0) {
      return 0;
    }
    admitted = false;
    List<AttemptId> ids = attemptIds(wanted);
    List<Claim> claimed =
        parts
            .transactions()
            .call(() -> {
              List<QueueId> queues = parts.admissions().lockTurnsFor(executor);
              return queues.isEmpty()
                  ? List.of()
                  : parts.claims().claimAdmitted(queues, ids, executor, epoch);
            });
    if (claimed.size() == wanted) {
      admitted = true;
    }
    if (!claimed.isEmpty()) {
      give(parts.rows().starts(executor, claimed.stream().map(Claim::attempt).toList()));
    }
    return claimed.size();
  }

  private void give(List<SessionlessStart> starts) {
    if (starts.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      starts.forEach(start -> underWay.add(start.attempt()));
    } finally {
      lock.unlock();
    }
    begin.accept(new ArrayList<>(starts));
  }

  private List<AttemptId> attemptIds(int count) {
    return IntStream.range(0, count).mapToObj(i -> new AttemptId(parts.ids().next())).toList();
  }
}

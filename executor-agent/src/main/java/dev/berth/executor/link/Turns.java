package dev.berth.executor.link;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.provider.AgentEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Batches that wait to be sent, attempts taking turns, each with at most {@value #CREDITS} on their
 * way. A batch that does not begin where the attempt's last one ended takes the place of all that
 * wait: its attempt has gone back.
 *
 * <p>What the control plane refuses for good must not block its attempt for ever. So after a
 * refusal one batch at a time is sent, and one that is refused alone is sent without its contents.
 */
final class Turns {

  private static final int CREDITS = 4;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<AttemptId, Flow> flows = new LinkedHashMap<>();
  private boolean closed;
  private boolean oneAtATime;
  private @Nullable JournalBatch alone;
  private @Nullable JournalBatch refused;

  private static final class Flow {
    final ArrayDeque<JournalBatch> waiting = new ArrayDeque<>();
    int underWay;
  }

  void add(JournalBatch batch) {
    lock.lock();
    try {
      var flow = flows.computeIfAbsent(batch.attempt(), a -> new Flow());
      var last = flow.waiting.peekLast();
      if (last != null && !last.to().equals(batch.from())) {
        flow.waiting.clear();
      }
      flow.waiting.add(batch);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until something waits; false once closed. */
  boolean awaitAny() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && flows.values().stream().allMatch(f -> f.waiting.isEmpty())) {
        changed.await();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until a batch may be sent; empty once closed or {@code live} no longer holds. */
  Optional<JournalBatch> take(BooleanSupplier live, BooleanSupplier ready)
      throws InterruptedException {
    lock.lock();
    try {
      while (!closed && live.getAsBoolean()) {
        var next = ready.getAsBoolean() ? next() : Optional.<JournalBatch>empty();
        if (next.isPresent()) {
          return next.map(this::sendable);
        }
        changed.await();
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** One batch of the attempt was answered. */
  void answered(AttemptId attempt) {
    lock.lock();
    try {
      var flow = flows.get(attempt);
      if (flow != null && flow.underWay > 0) {
        flow.underWay--;
      }
      oneAtATime = false;
      alone = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void forget(AttemptId attempt) {
    lock.lock();
    try {
      flows.remove(attempt);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The stream has ended: nothing is on its way.
   *
   * @param offence whether because of what was sent
   * @return the attempts that had something to say
   */
  List<AttemptId> restart(boolean offence) {
    lock.lock();
    try {
      refused = offence && oneAtATime ? alone : null;
      oneAtATime = offence;
      alone = null;
      var all = new ArrayList<>(flows.keySet());
      flows.values().forEach(flow -> flow.underWay = 0);
      return all;
    } finally {
      lock.unlock();
    }
  }

  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Optional<JournalBatch> next() {
    if (oneAtATime && alone != null) {
      return Optional.empty();
    }
    for (var entry : flows.entrySet()) {
      var flow = entry.getValue();
      if (!flow.waiting.isEmpty() && flow.underWay < CREDITS) {
        flow.underWay++;
        var batch = flow.waiting.remove();
        // to the end of the line
        flows.remove(entry.getKey());
        flows.put(entry.getKey(), flow);
        alone = oneAtATime ? batch : null;
        return Optional.of(batch);
      }
    }
    return Optional.empty();
  }

  private JournalBatch sendable(JournalBatch batch) {
    var culprit = refused;
    if (culprit == null
        || !culprit.attempt().equals(batch.attempt())
        || !culprit.from().equals(batch.from())) {
      return batch;
    }
    return new JournalBatch(
        batch.run(),
        batch.attempt(),
        batch.from(),
        batch.to(),
        batch.events().stream().map(Turns::withoutContents).toList(),
        batch.end());
  }

  private static AgentEvent withoutContents(AgentEvent event) {
    return event instanceof AgentEvent.Log log
        ? new AgentEvent.Log(
            log.time(), log.stream(), new byte[0], log.droppedBytes() + log.data().length)
        : event;
  }
}

package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.provider.AgentEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Commits batches as a control plane does: in order by position, each once, and then acknowledges.
 */
final class Recorder implements ProcessListener {

  private final Map<AttemptId, Log> logs = new HashMap<>();
  private final LinkedBlockingQueue<JournalBatch> queue = new LinkedBlockingQueue<>();
  private boolean withhold;

  /** What was committed of one attempt. */
  static final class Log {
    Position position = Position.START;
    final List<AgentEvent> events = new ArrayList<>();
    final List<Long> batchNanos = new ArrayList<>();
    Optional<AttemptEnd> end = Optional.empty();

    synchronized String text(JournalStream stream) {
      var bytes = new ByteArrayOutputStream();
      for (var event : events) {
        if (event instanceof AgentEvent.Log log && log.stream() == stream) {
          bytes.writeBytes(log.data());
        }
      }
      return bytes.toString(StandardCharsets.UTF_8);
    }

    synchronized long dropped() {
      return events.stream()
          .mapToLong(e -> e instanceof AgentEvent.Log log ? log.droppedBytes() : 0)
          .sum();
    }
  }

  @Override
  public void batch(JournalBatch batch) {
    queue.add(batch);
  }

  /** Whether batches are taken at all; a control plane that is away takes none. */
  synchronized void withhold(boolean away) {
    withhold = away;
    notifyAll();
  }

  Log log(AttemptId attempt) {
    synchronized (logs) {
      return logs.computeIfAbsent(attempt, a -> new Log());
    }
  }

  /** Commits and acknowledges until closed by an interrupt. */
  Thread pump(Processes processes) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              var batch = queue.take();
              synchronized (this) {
                while (withhold) {
                  wait();
                }
              }
              commit(batch);
              processes.acked(batch.attempt(), log(batch.attempt()).position);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void commit(JournalBatch batch) {
    var log = log(batch.attempt());
    synchronized (log) {
      if (batch.from().equals(log.position)) {
        log.position = batch.to();
        log.events.addAll(batch.events());
        log.batchNanos.add(System.nanoTime());
        log.end = batch.end();
        log.notifyAll();
      }
    }
  }

  AttemptEnd awaitEnd(AttemptId attempt) throws InterruptedException {
    var log = log(attempt);
    var limit = System.nanoTime() + 20_000_000_000L;
    synchronized (log) {
      while (log.end.isEmpty()) {
        var left = (limit - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError(
              "no end after 20 s at " + log.position + "; err: " + log.text(JournalStream.ERR));
        }
        log.wait(left);
      }
      return log.end.get();
    }
  }
}

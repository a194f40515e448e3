package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One session's place on this executor: the worker it has here, if any, and who is busy with its
 * files. A state is on disk before it is reported, and reported before what follows from it is
 * done.
 *
 * <p>{@link #gate} is held to start a process, to begin a file operation and to change the record,
 * never for long; {@link #saving} while the copy is saved, restored or removed. Where both are
 * needed, {@code saving} is taken first.
 */
final class Slot {

  final SessionId session;
  final ReentrantLock gate = new ReentrantLock();
  final ReentrantLock saving = new ReentrantLock();
  private final Reports reports;
  private @Nullable WorkerHome home;
  private @Nullable WorkerRecord record;

  /**
   * Rises with each start of a process or write; what was quiet is so still where it has not risen.
   */
  private long touches;

  private int writing;

  Slot(SessionId session, Reports reports) {
    this.session = session;
    this.reports = reports;
  }

  Optional<WorkerRecord> record() {
    gate.lock();
    try {
      return Optional.ofNullable(record);
    } finally {
      gate.unlock();
    }
  }

  Optional<WorkerHome> home() {
    gate.lock();
    try {
      return Optional.ofNullable(home);
    } finally {
      gate.unlock();
    }
  }

  boolean serves(WorkerId worker) {
    return record().filter(r -> r.workerId().equals(worker)).isPresent();
  }

  /** What was on disk when the agent started; not reported, for a hello will. */
  void adopt(WorkerHome found, WorkerRecord worker) {
    gate.lock();
    try {
      home = found;
      record = worker;
    } finally {
      gate.unlock();
    }
  }

  /** A new worker, in {@code place}; told with its first step. */
  void begin(WorkerHome place, WorkerRecord worker) {
    gate.lock();
    try {
      place.write(worker);
      home = place;
      record = worker;
    } finally {
      gate.unlock();
    }
  }

  /**
   * @throws IllegalStateException where there is no worker or its state does not allow it
   */
  void become(WorkerState next, String phase, @Nullable Failure failure) {
    gate.lock();
    try {
      var now = require();
      if (!now.state().canBecome(next)) {
        throw new IllegalStateException(
            now.worker() + " cannot go from " + now.state() + " to " + next);
      }
      save(now.in(next, failure));
      report(phase, 0, 0);
    } finally {
      gate.unlock();
    }
  }

  /** READY, on a copy that holds more than its base or not. */
  void ready(boolean unsaved) {
    gate.lock();
    try {
      var now = require();
      if (!now.state().canBecome(WorkerState.READY)) {
        throw new IllegalStateException(
            now.worker() + " cannot go from " + now.state() + " to " + WorkerState.READY);
      }
      save(now.ready(unsaved));
      report("", 0, 0);
    } finally {
      gate.unlock();
    }
  }

  /** Another container is on disk when this returns; the digest alone is with the next state. */
  void container(String id, String imageDigest) {
    gate.lock();
    try {
      var now = require();
      var next = now.withContainer(id, imageDigest);
      if (id.equals(now.containerId())) {
        record = next;
      } else {
        save(next);
      }
    } finally {
      gate.unlock();
    }
  }

  /** Says again what it is. */
  void report(String phase, long done, long total) {
    record().ifPresent(worker -> reports.worker(worker.report(phase, done, total)));
  }

  /** Container and record are gone. */
  void end() {
    gate.lock();
    try {
      if (home != null) {
        home.delete();
      }
      var last = record;
      home = null;
      record = null;
      if (last != null) {
        reports.worker(
            new WorkerReport(
                last.workerId(),
                session,
                last.generation(),
                null,
                "",
                0,
                0,
                "",
                last.imageDigest(),
                null,
                false));
      }
    } finally {
      gate.unlock();
    }
  }

  long touches() {
    gate.lock();
    try {
      return touches;
    } finally {
      gate.unlock();
    }
  }

  /** With {@link #gate} held: something that may write begins. */
  void touch() {
    touches++;
  }

  void beginWriting() {
    gate.lock();
    try {
      touches++;
      writing++;
    } finally {
      gate.unlock();
    }
  }

  void endWriting() {
    gate.lock();
    try {
      touches++;
      writing--;
    } finally {
      gate.unlock();
    }
  }

  boolean writing() {
    gate.lock();
    try {
      return writing > 0;
    } finally {
      gate.unlock();
    }
  }

  /** Whether nobody may begin to write any more: its worker is ending, or there is none. */
  boolean closed() {
    return record()
        .filter(worker ->
            switch (worker.state()) {
              case CREATING, PREPARING, READY -> true;
              case STOPPING, STOPPED, FAILED, LOST, GIVEN_UP -> false;
            })
        .isEmpty();
  }

  private void save(WorkerRecord next) {
    var place = home;
    if (place == null) {
      throw new IllegalStateException("no worker of " + session);
    }
    if (!next.equals(record)) {
      place.write(next);
      record = next;
    }
  }

  private WorkerRecord require() {
    if (record == null) {
      throw new IllegalStateException("no worker of " + session);
    }
    return record;
  }
}

package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.executor.ExecutorState;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Stream;

/** Takes an executor out for good. The gate stands here too: not while it holds what is unsaved. */
@Singleton
final class ExecutorDeletion {
  private static final String REASON = "EXECUTOR_DELETED";
  private static final String MESSAGE = "Its executor was deleted";

  private final Transactions transactions;
  private final ExecutorService executors;
  private final SessionProgress sessions;
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final Transitions transitions;

  ExecutorDeletion(
      Transactions transactions,
      ExecutorService executors,
      SessionProgress sessions,
      WorkerRepository workers,
      CopyRepository copies,
      Transitions transitions) {
    this.transactions = transactions;
    this.executors = executors;
    this.sessions = sessions;
    this.workers = workers;
    this.copies = copies;
    this.transitions = transitions;
  }

  Executor delete(ProjectId project, ExecutorId id, Actor actor, boolean force) {
    return transactions.call(() -> {
      Executor found = executors.get(project, id);
      if (found.state() == ExecutorState.DELETED) {
        return found;
      }
      Executor executor = executors.lock(project, id);
      List<Worker> there = workers.ofExecutor(id);
      List<Copy> held = copies.ofExecutor(id);
      sessions.lockAll(
          Stream.concat(there.stream().map(Worker::sessionId), held.stream().map(Copy::sessionId))
              .toList());
      if (!force) {
        requireUnused(executor);
      }
      Executor deleted = executors.delete(executor, actor, force);
      workers.ofExecutor(id).forEach(this::giveUp);
      copies.ofExecutor(id).forEach(this::giveUp);
      return deleted;
    });
  }

  private void requireUnused(Executor executor) {
    List<ExecutorId> one = List.of(executor.id());
    int unsaved = executors.unsaved(one).getOrDefault(executor.id(), 0);
    if (unsaved > 0) {
      throw BerthException.of(
              ErrorReason.UNSAVED_WORK,
              "the disk of executor %s holds work of %d sessions that no snapshot has"
                  .formatted(executor.name(), unsaved))
          .with("id", executor.id());
    }
    var used = executors.used(one).get(executor.id());
    if (used != null) {
      throw BerthException.of(
              ErrorReason.EXECUTOR_IN_USE,
              "%d workers run on executor %s: drain it first"
                  .formatted(used.workers(), executor.name()))
          .with("id", executor.id())
          .with("workers", used.workers());
    }
  }

  private void giveUp(Worker worker) {
    Session session = session(worker.sessionId());
    if (worker.state().live()) {
      transitions.lose(session, worker, REASON, MESSAGE);
    }
    Worker now = workers.find(worker.id()).orElseThrow();
    transitions.become(session(worker.sessionId()), now, WorkerState.REMOVED, REASON, MESSAGE);
  }

  private void giveUp(Copy copy) {
    switch (copy.state()) {
      case PRESENT, REMOVING, ABANDONED -> {
        if (!copy.dirty() || copy.state() == CopyState.REMOVING) {
          transitions.copyBecame(
              session(copy.sessionId()), copy, CopyState.MISSING, "copy.missing", MESSAGE);
        } else if (copy.state() != CopyState.ABANDONED) {
          transitions.copyBecame(
              session(copy.sessionId()),
              copy,
              CopyState.ABANDONED,
              "copy.abandoned",
              MESSAGE + "; writes since the last snapshot are lost");
        }
      }
      case REMOVED, MISSING -> {}
    }
  }

  private Session session(SessionId id) {
    return sessions.lock(id).orElseThrow();
  }
}

package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionProgress;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares all that an executor has with all that its rows say, both ways, when it connects. Joins
 * the caller's transaction.
 */
@Singleton
final class HelloReports {

  /** What an agent is to do with a worker it has. */
  enum Verdict {
    ADOPT,
    GIVEN_UP,
    REMOVE
  }

  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final SessionProgress sessions;
  private final WorkerReports workerReports;
  private final CopyReports copyReports;
  private final Transitions transitions;

  HelloReports(
      WorkerRepository workers,
      CopyRepository copies,
      SessionProgress sessions,
      WorkerReports workerReports,
      CopyReports copyReports,
      Transitions transitions) {
    this.workers = workers;
    this.copies = copies;
    this.sessions = sessions;
    this.workerReports = workerReports;
    this.copyReports = copyReports;
    this.transitions = transitions;
  }

  Map<WorkerId, Verdict> apply(
      ExecutorId executor, List<WorkerStatus> workersThere, List<CopyStatus> copiesThere) {
    sessions.lockAll(workers.ofExecutor(executor).stream().map(Worker::sessionId).toList());
    Map<WorkerId, Verdict> verdicts = new LinkedHashMap<>();
    for (WorkerStatus status : workersThere) {
      workerReports.apply(status);
      Optional<Worker> after =
          workers.find(status.worker()).filter(worker -> WorkerReports.fits(worker, status));
      verdicts.put(status.worker(), verdict(after));
    }
    for (Worker worker : workers.ofExecutor(executor)) {
      if (!verdicts.containsKey(worker.id())) {
        absent(worker);
      }
    }
    Set<SessionId> seen =
        copiesThere.stream()
            .filter(CopyStatus::present)
            .map(CopyStatus::session)
            .collect(Collectors.toSet());
    copiesThere.forEach(copyReports::apply);
    for (Copy copy : copies.ofExecutor(executor)) {
      if (!seen.contains(copy.sessionId())) {
        sessions.lock(copy.sessionId()).ifPresent(session -> copyReports.gone(session, copy));
      }
    }
    return verdicts;
  }

  private Verdict verdict(Optional<Worker> worker) {
    if (worker.isEmpty() || worker.get().state() == WorkerState.REMOVED) {
      return Verdict.REMOVE;
    }
    if (worker.get().state() != WorkerState.LOST && worker.get().state() != WorkerState.SALVAGING) {
      return Verdict.ADOPT;
    }
    boolean salvage =
        copies
            .find(worker.get().sessionId(), worker.get().executorId())
            .filter(copy -> copy.salvage() && copy.generation() == worker.get().generation())
            .isPresent();
    if (salvage) {
      return Verdict.GIVEN_UP;
    }
    Session session = sessions.lock(worker.get().sessionId()).orElseThrow();
    transitions.become(
        session, worker.get(), WorkerState.REMOVED, "", "It was given up, and all of it is saved");
    return Verdict.REMOVE;
  }

  /** The rows have a worker that the agent does not know. */
  private void absent(Worker worker) {
    Session session = sessions.lock(worker.sessionId()).orElseThrow();
    switch (worker.state()) {
      case CREATING, PREPARING -> {}
      case READY, STOPPING ->
          transitions.lose(
              session, worker, "CONTAINER_GONE", "Its executor does not know it any more");
      case STOPPED, FAILED ->
          transitions.become(session, worker, WorkerState.REMOVED, "", "Its container is gone");
      case LOST, SALVAGING -> {
        if (verdict(Optional.of(worker)) == Verdict.GIVEN_UP) {
          transitions.tell(worker);
        }
      }
      case REMOVED -> {}
    }
  }
}

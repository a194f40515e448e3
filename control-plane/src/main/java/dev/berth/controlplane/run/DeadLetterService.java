package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Runs dead letters again, each once and as a new run: one that has ended never changes state. */
@Singleton
final class DeadLetterService {
  private final Transactions transactions;
  private final RunRepository rows;
  private final RunService runs;
  private final CreateRunsService creation;
  private final SettlementService settlement;
  private final SessionService sessions;

  DeadLetterService(
      Transactions transactions,
      RunRepository rows,
      RunService runs,
      CreateRunsService creation,
      SettlementService settlement,
      SessionService sessions) {
    this.transactions = transactions;
    this.rows = rows;
    this.runs = runs;
    this.creation = creation;
    this.settlement = settlement;
    this.sessions = sessions;
  }

  /** Runs all of them again, or none; answers the new runs in their order. */
  List<RunView> redrive(ProjectId project, Actor actor, String traceId, List<RunId> ids) {
    return transactions.call(() -> {
      ids.forEach(id -> runs.find(project, id));
      Map<RunId, Run> dead =
          settlement.lockForEnd(ids).stream()
              .collect(Collectors.toMap(Run::id, Function.identity()));
      for (RunId id : ids) {
        Run old = dead.get(id);
        if (old == null) {
          throw RunErrors.notFound(id);
        }
        requireDead(old);
      }
      List<RunId> made =
          creation.create(
              project, actor, traceId, ids.stream().map(dead::get).map(this::again).toList());
      for (int i = 0; i < made.size(); i++) {
        rows.redriven(ids.get(i), made.get(i));
      }
      return made.stream().map(id -> runs.get(project, id)).toList();
    });
  }

  private static void requireDead(Run run) {
    if (run.times().deadLettered() == null) {
      throw RunErrors.noDeadLetter(run);
    }
    RunId newer = run.redrive().as();
    if (newer != null) {
      throw RunErrors.redriven(run, newer);
    }
  }

  private CreateRun again(Run old) {
    boolean throwaway = old.throwawaySession();
    return new CreateRun(
        throwaway ? null : old.sessionId(),
        throwaway
            ? sessions.find(old.projectId(), Objects.requireNonNull(old.sessionId())).spec()
            : null,
        throwaway || old.conversationId() == null
            ? old.spec()
            : old.spec().in(old.conversationId()),
        RunSpec.Left.NOTHING,
        old.queueId().toString(),
        old.name(),
        old.labels(),
        old.lineage().correlationId(),
        OnBusy.ENQUEUE);
  }
}

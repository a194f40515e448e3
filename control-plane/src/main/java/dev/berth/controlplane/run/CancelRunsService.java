package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.session.Session;
import dev.berth.controlplane.session.SessionService;
import jakarta.inject.Singleton;
import java.util.List;

/** Cancels runs by the filter, a bounded number in a transaction. */
@Singleton
final class CancelRunsService {
  static final int MOST = 1_000;

  private final Transactions transactions;
  private final CancelRunsRepository runs;
  private final SettlementService settlement;
  private final SessionService sessions;

  CancelRunsService(
      Transactions transactions,
      CancelRunsRepository runs,
      SettlementService settlement,
      SessionService sessions) {
    this.transactions = transactions;
    this.runs = runs;
    this.settlement = settlement;
    this.sessions = sessions;
  }

  /** How many ended at once, how many are being ended, and whether some are left. */
  record Canceled(int ended, int ending, boolean more) {}

  /** NOT_FOUND where the project has no such session. */
  Canceled cancel(RunFilter filter) {
    SessionId session = filter.sessionId();
    return transactions.call(() -> {
      if (session != null) {
        Session found = sessions.find(filter.projectId(), session);
        assert found.id().equals(session);
      }
      List<RunId> found = runs.cancellable(filter, MOST + 1);
      int ended = 0;
      int ending = 0;
      for (Run run : settlement.lockForEnd(found.subList(0, Math.min(MOST, found.size())))) {
        if (run.state().terminal() || run.times().cancelRequested() != null) {
          continue;
        }
        settlement.cancel(run, RunEnd.of(EndReason.CANCELED, "Canceled while it waited."));
        if (run.state().active()) {
          ending++;
        } else {
          ended++;
        }
      }
      return new Canceled(ended, ending, found.size() > MOST);
    });
  }
}

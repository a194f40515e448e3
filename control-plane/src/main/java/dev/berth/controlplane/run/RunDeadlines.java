package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.loop.Reconciler;
import dev.berth.controlplane.run.SettlementRepository.Overdue;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/** Ends runs that have not started or finished by when they were to, by the database's clock. */
@Singleton
final class RunDeadlines implements Reconciler {
  private static final int BATCH = 100;

  private final SettlementRepository rows;
  private final SettlementService settlement;

  RunDeadlines(SettlementRepository rows, SettlementService settlement) {
    this.rows = rows;
    this.settlement = settlement;
  }

  @Override
  public String name() {
    return "run-deadlines";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Override
  public void runOnce() {
    List<Overdue> overdue;
    do {
      overdue = rows.overdue(BATCH);
      overdue.forEach(run -> settlement.expire(run.run(), run.toStart()));
    } while (overdue.size() >= BATCH);
  }
}

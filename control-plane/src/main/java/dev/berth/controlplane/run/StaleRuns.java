package dev.berth.controlplane.run;

import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * Settles attempts that nobody will report the end of. Whoever marks an executor expired or a
 * worker gone needs to do nothing else.
 */
@Singleton
final class StaleRuns implements Reconciler {
  private final SettlementService settlement;

  StaleRuns(SettlementService settlement) {
    this.settlement = settlement;
  }

  @Override
  public String name() {
    return "stale-runs";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration rest() {
    return Duration.ofMillis(200);
  }

  @Override
  public List<String> topics() {
    return List.of("work");
  }

  @Override
  public void runOnce() {
    int settled = settlement.settleLostAttempts();
    assert settled >= 0;
  }
}

package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.seed.SeedSetService;
import jakarta.inject.Singleton;
import java.util.List;

/** The seed sets that a session's manifest held: they are let go of. */
@Singleton
final class SeedRemains implements SessionRemains {
  private final SeedSetService seeds;

  SeedRemains(SeedSetService seeds) {
    this.seeds = seeds;
  }

  @Override
  public Layer layer() {
    return Layer.USE;
  }

  @Override
  public Progress remove(SessionId session) {
    seeds.hold(session, List.of());
    return Progress.NOTHING_LEFT;
  }
}

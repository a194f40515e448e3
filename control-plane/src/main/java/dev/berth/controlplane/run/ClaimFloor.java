package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * From where on a claim looks in each lane: where the claim before ended, so that what was claimed
 * is not passed again. Rows that are dead but that an old snapshot may still see would else be
 * passed by each claim, and claims become ever slower. It is only a guess: a run below it, whose
 * maker's clock was behind or whose claim was rolled back, is found by the next full scan. For one
 * thread.
 */
final class ClaimFloor {
  /** Of lanes in which nothing waits any more, so many are kept: more may come at any time. */
  private static final int MOST_LANES = 100;

  private final Map<Lane, RunId> floors =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Lane, RunId> eldest) {
          return size() > MOST_LANES;
        }
      };

  Map<Lane, RunId> lanes() {
    return floors;
  }

  /** What a full scan has found: of each lane its first run. */
  void scanned(Map<Lane, RunId> firsts) {
    floors.putAll(firsts);
  }

  void claimed(Lane lane, RunId run) {
    RunId floor = floors.get(lane);
    if (floor == null || floor.value().compareTo(run.value()) < 0) {
      floors.put(lane, run);
    }
  }
}

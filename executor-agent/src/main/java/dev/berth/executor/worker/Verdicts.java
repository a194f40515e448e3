package dev.berth.executor.worker;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.journal.Position;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the control plane decided about an {@link Inventory}.
 *
 * @param adopt attempts that go on, behind the position given
 * @param masked of these the values that their processes were given
 * @param drop attempts to end without a word, not even of their end
 * @param keep workers that stay
 * @param givenUp workers whose processes end; their copies stay until an order comes
 * @param remove workers nobody knows any more: their containers go, their copies stay
 * @param pooled containers that go on waiting for a session; the others go
 */
public record Verdicts(
    Map<AttemptId, Position> adopt,
    Map<AttemptId, List<String>> masked,
    Set<AttemptId> drop,
    Set<WorkerId> keep,
    Set<WorkerId> givenUp,
    Set<WorkerId> remove,
    Set<PooledContainerId> pooled) {
  public Verdicts {
    adopt = Map.copyOf(adopt);
    masked = Map.copyOf(masked);
    drop = Set.copyOf(drop);
    keep = Set.copyOf(keep);
    givenUp = Set.copyOf(givenUp);
    remove = Set.copyOf(remove);
    pooled = Set.copyOf(pooled);
  }

  /** Without what is masked. */
  @Override
  public String toString() {
    return "Verdicts[adopt=" + adopt + ", drop=" + drop + ", keep=" + keep + "]";
  }
}

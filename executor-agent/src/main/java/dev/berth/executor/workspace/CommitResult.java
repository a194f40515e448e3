package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import java.util.Optional;
import java.util.Set;

/** The control plane's answer to a {@link CommitRequest}. */
public sealed interface CommitResult {

  /**
   * It is recorded.
   *
   * @param clean whether the control plane now holds the copy for clean
   */
  record Committed(boolean clean) implements CommitResult {}

  /** The worker's generation is over; nothing of it will ever be taken but a rescue. */
  record Stale() implements CommitResult {}

  /**
   * Some packs are being collected: their content must be uploaded again, in new ones.
   *
   * @param packs which; empty if not told, then all that this sync did not upload
   */
  record PacksDoomed(Set<PackId> packs) implements CommitResult {
    public PacksDoomed {
      packs = Set.copyOf(packs);
    }
  }

  /** The session's head is another than the base. */
  record HeadMoved(Optional<SnapshotId> head) implements CommitResult {}
}

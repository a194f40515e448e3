package dev.berth.executor.worker;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.process.ArtifactKeeper;
import dev.berth.executor.workspace.ArtifactTransfers;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Copy;
import dev.berth.format.layer.PathGlob;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Keeps files of the copies of this executor. */
public final class ArtifactKeeping implements ArtifactKeeper {

  /** The way to the control plane's store, for the files of one attempt. */
  public interface TransfersOf {
    ArtifactTransfers of(RunId run, AttemptId attempt);
  }

  private final Copies copies;
  private final TransfersOf transfers;

  public ArtifactKeeping(Copies copies, TransfersOf transfers) {
    this.copies = copies;
    this.transfers = transfers;
  }

  @Override
  public List<String> keep(Wish wish, long deadline) throws IOException {
    Optional<Copy> copy = copies.find(wish.session()).filter(found -> found.state().complete());
    if (copy.isEmpty()) {
      return wish.globs().stream()
          .map(glob -> glob + ": the session's disk is not here any more.")
          .toList();
    }
    var globs = wish.globs().stream().map(glob -> PathGlob.of("/workspace/" + glob)).toList();
    return copy.get().artifacts().keep(globs, transfers.of(wish.run(), wish.attempt()), deadline);
  }
}

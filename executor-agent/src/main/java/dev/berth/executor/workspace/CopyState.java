package dev.berth.executor.workspace;

import dev.berth.common.Id.SessionId;
import java.util.Optional;

/**
 * What is known about a copy without reading its files.
 *
 * @param complete whether it was ever completely restored; if not, it holds nothing worth keeping
 * @param generation of the worker it last served; 0 if none
 * @param base the snapshot it was restored from or last saved as
 * @param dirty whether it may hold what {@code base} does not
 * @param doubtful whether the host went down since, or its disk failed, and may have taken files
 *     with it that were not even written: never to be trusted as the session's files
 * @param limited whether its disk limit is enforced by a disk of its own, or only watched
 * @param instance named anew each time the copy is made out of nothing; may be empty
 */
public record CopyState(
    SessionId session,
    boolean complete,
    long generation,
    Optional<SnapshotRef> base,
    boolean dirty,
    long dirtyVersion,
    boolean doubtful,
    boolean limited,
    String instance) {

  /**
   * What has to happen before the copy can serve a worker that wants the snapshot {@code wanted}.
   */
  public enum Fit {
    /** It holds that, or that and newer work. */
    AS_IS,
    /** It can be replaced: everything it holds is saved. */
    RESTORE,
    /** It holds unsaved work on another base: save that as a rescue first. */
    SALVAGE_FIRST
  }

  public Fit fit(Optional<SnapshotRef> wanted) {
    if (!complete) {
      return Fit.RESTORE;
    }
    if (doubtful) {
      return dirty ? Fit.SALVAGE_FIRST : Fit.RESTORE;
    }
    if (base.map(SnapshotRef::id).equals(wanted.map(SnapshotRef::id))) {
      return Fit.AS_IS;
    }
    return dirty ? Fit.SALVAGE_FIRST : Fit.RESTORE;
  }
}

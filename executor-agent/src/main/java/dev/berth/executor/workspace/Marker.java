package dev.berth.executor.workspace;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.format.Sha256;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the host keeps about a copy, out of the sandbox's reach.
 *
 * @param complete whether the copy was completely restored
 * @param bootId of the boot in which the index was made: what another boot saw proves nothing
 * @param base what the copy was restored from or last saved as
 * @param flushed whether what was restored has reached the disk: without, another boot may have
 *     lost a part of it
 * @param pending a save that was sent to be recorded, with no answer yet
 * @param instance named anew each time the copy is made out of nothing; null in markers of agents
 *     that did not name them
 */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
record Marker(
    int version,
    long diskBytes,
    boolean complete,
    long generation,
    boolean dirty,
    long dirtyVersion,
    String bootId,
    boolean flushed,
    @Nullable Saved base,
    @Nullable Saved pending,
    @Nullable String instance) {

  /**
   * A snapshot and the index that belongs to it.
   *
   * @param index the id its index file is named after
   */
  record Saved(
      String snapshot,
      String manifest,
      String manifestSha256,
      long manifestBytes,
      long files,
      long bytes,
      String index) {

    static Saved of(SnapshotRef ref, SnapshotId index, long files, long bytes) {
      return new Saved(
          ref.id().toString(),
          ref.manifest().toString(),
          ref.manifestSha256().toString(),
          ref.manifestBytes(),
          files,
          bytes,
          index.toString());
    }

    SnapshotId indexId() {
      return SnapshotId.parse(index);
    }

    SnapshotRef ref() {
      return new SnapshotRef(
          SnapshotId.parse(snapshot),
          PackId.parse(manifest),
          Sha256.parse(manifestSha256),
          manifestBytes);
    }
  }

  /**
   * After another boot only a dirty copy is kept, and only if the cut can have lost no more than
   * newest writes.
   */
  CopyState state(SessionId session, String currentBoot, boolean limited) {
    boolean doubtful = !bootId.equals(currentBoot) && !(flushed && dirty);
    return new CopyState(
        session,
        complete,
        generation,
        Optional.ofNullable(base).map(Saved::ref),
        dirty,
        dirtyVersion,
        doubtful,
        limited,
        instance == null ? "" : instance);
  }

  static Marker fresh(long diskBytes, String bootId) {
    return new Marker(1, diskBytes, false, 0, false, 0, bootId, false, null, null, null);
  }

  /** Made out of nothing: whatever it held is not there any more. */
  Marker made(@Nullable String newInstance) {
    return new Marker(
        version,
        diskBytes,
        false,
        generation,
        false,
        dirtyVersion,
        bootId,
        false,
        null,
        null,
        newInstance);
  }

  Marker incomplete() {
    return made(instance);
  }

  Marker restored(String boot, @Nullable Saved saved) {
    return new Marker(
        version,
        diskBytes,
        true,
        generation,
        false,
        dirtyVersion,
        boot,
        false,
        saved,
        null,
        instance);
  }

  Marker serving(long newGeneration) {
    return new Marker(
        version,
        diskBytes,
        complete,
        newGeneration,
        dirty,
        dirtyVersion,
        bootId,
        flushed,
        base,
        pending,
        instance);
  }

  Marker dirtied(long newDirtyVersion) {
    return new Marker(
        version,
        diskBytes,
        complete,
        generation,
        true,
        Math.max(dirtyVersion, newDirtyVersion),
        bootId,
        flushed,
        base,
        pending,
        instance);
  }

  Marker sending(Saved saved) {
    return new Marker(
        version,
        diskBytes,
        complete,
        generation,
        dirty,
        dirtyVersion,
        bootId,
        flushed,
        base,
        saved,
        instance);
  }

  Marker saved(String boot, @Nullable Saved newBase, boolean stillDirty) {
    return new Marker(
        version,
        diskBytes,
        complete,
        generation,
        stillDirty,
        dirtyVersion,
        boot,
        flushed,
        newBase,
        null,
        instance);
  }

  Marker onDisk() {
    return new Marker(
        version,
        diskBytes,
        complete,
        generation,
        dirty,
        dirtyVersion,
        bootId,
        true,
        base,
        pending,
        instance);
  }
}

package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.snapshot.content.TreePath;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How snapshots and packs are refused. */
final class SnapshotErrors {

  /** As many ids as fit well into the details of a status. */
  private static final int NAMED = 100;

  private SnapshotErrors() {}

  static BerthException notFound(SnapshotId id) {
    return CommonErrors.notFound("snapshot", id);
  }

  static BerthException sessionNotFound(SessionId id) {
    return CommonErrors.notFound("session", id);
  }

  static BerthException packNotFound(PackId id) {
    return CommonErrors.notFound("pack", id);
  }

  static BerthException generationStale(long sent, long current) {
    return BerthException.of(
            ErrorReason.GENERATION_STALE,
            "generation %d of the session's worker is over; it is at %d".formatted(sent, current))
        .with("generation", current);
  }

  static BerthException headMoved(@Nullable SnapshotId head) {
    return BerthException.of(
            ErrorReason.HEAD_MOVED, "the session's head is another than the snapshot's base")
        .with("head_snapshot_id", head == null ? "" : head);
  }

  static BerthException packsDoomed(Collection<PackId> packs) {
    return BerthException.of(
            ErrorReason.PACK_DOOMED,
            "%d packs are being collected; upload their content again".formatted(packs.size()))
        .with("packs", list(packs));
  }

  static BerthException packsNotStored(Collection<PackId> packs) {
    return BerthException.of(
            ErrorReason.PACK_NOT_STORED,
            "%d packs are not in the store as they were announced".formatted(packs.size()))
        .with("packs", list(packs));
  }

  static BerthException objectsLost(Collection<PackId> packs) {
    return BerthException.of(
            ErrorReason.OBJECT_CORRUPT,
            "%d objects of the store are gone or have another size".formatted(packs.size()))
        .with("packs", list(packs));
  }

  static BerthException packTaken(PackId id) {
    return CommonErrors.fieldInvalid(
        "uploads.pack_id", "pack " + id + " was announced before with another content");
  }

  static BerthException etagStale(SnapshotId id) {
    return CommonErrors.etagStale("snapshot", id);
  }

  static BerthException inUse(SnapshotId id, SnapshotUse use) {
    String why =
        switch (use.kind()) {
          case PINNED -> "is pinned";
          case HEAD -> "is the head of session " + use.session();
          case WORKER -> "is what a worker of session " + use.session() + " was restored from";
          case COPY -> "is what a disk of session " + use.session() + " stands on";
        };
    return BerthException.of(ErrorReason.SNAPSHOT_IN_USE, "snapshot " + id + " " + why)
        .with("snapshot_id", id)
        .with("use", use.kind())
        .with("session_id", use.session());
  }

  static BerthException pathNotFound(SnapshotId snapshot, TreePath path) {
    return BerthException.of(
            ErrorReason.PATH_NOT_FOUND, "snapshot %s has nothing at %s".formatted(snapshot, path))
        .with("path", path);
  }

  static BerthException pathType(SnapshotId snapshot, TreePath path, String meant) {
    return BerthException.of(
            ErrorReason.PATH_TYPE,
            "%s in snapshot %s is not a %s".formatted(path.isRoot() ? "/" : path, snapshot, meant))
        .with("path", path);
  }

  static BerthException pathInvalid(String field) {
    return CommonErrors.fieldInvalid(
        field, "must be relative, of components that are neither empty, '.' nor '..'");
  }

  static BerthException offsetOutOfRange(long offset, long size) {
    return BerthException.of(
            ErrorReason.OFFSET_OUT_OF_RANGE,
            "offset %d is behind the end of the file".formatted(offset))
        .with("size", size);
  }

  /** What is stored is not what was saved. */
  static BerthException corrupt(SnapshotId snapshot, String message) {
    return BerthException.of(ErrorReason.OBJECT_CORRUPT, message).with("snapshot_id", snapshot);
  }

  private static String list(Collection<PackId> packs) {
    return packs.stream().limit(NAMED).map(PackId::toString).collect(Collectors.joining(","));
  }
}

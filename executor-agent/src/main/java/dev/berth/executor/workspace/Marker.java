package dev.berth.executor.workspace;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonFormat;
import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.format.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the host keeps about a copy, out of the sandbox's reach.
 *
 * @param complete whether the copy was completely restored
 * @param bootId of the boot in which the index was made: what another boot saw proves nothing
 * @param base what the copy was restored from or last saved as
 * @param flushed whether what was restored has reached the disk: without, another boot may have
 *     lost a part of it
 * @param torn whether the disk did not take what was written, which the kernel may then forget
 * @param pending saves that were sent to be recorded, with no answer yet, newest last: one of them
 *     at most was; null in markers of agents that kept none, one alone in those that kept one
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
    boolean torn,
    @Nullable Saved base,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        @Nullable List<Saved> pending,
    @Nullable String instance) {
  private static final int MOST_PENDING = 8;

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
   * newest writes; one that the disk failed is kept by nobody.
   */
  CopyState state(SessionId session, String currentBoot, boolean limited) {
    boolean doubtful = torn || (!bootId.equals(currentBoot) && !(flushed && dirty));
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
    return new Marker(
        1, diskBytes, false, 0, false, 0, bootId, false, false, null, List.of(), null);
  }

  /** Made out of nothing: whatever it held is not there any more. */
  Marker made(@Nullable String newInstance) {
    return with(it -> {
      it.complete = false;
      it.holds(null);
      it.instance = newInstance;
    });
  }

  Marker incomplete() {
    return made(instance);
  }

  Marker restored(String boot, @Nullable Saved saved) {
    return with(it -> {
      it.complete = true;
      it.holds(saved);
      it.bootId = boot;
    });
  }

  Marker serving(long newGeneration) {
    return with(it -> it.generation = newGeneration);
  }

  Marker dirtied(long newDirtyVersion) {
    return with(it -> {
      it.dirty = true;
      it.dirtyVersion = Math.max(dirtyVersion, newDirtyVersion);
    });
  }

  /** Of those that were sent before, each may still turn out to be recorded. */
  Marker sending(Saved saved) {
    List<Saved> sent = new ArrayList<>(unanswered());
    if (sent.size() == MOST_PENDING) {
      sent.removeFirst();
    }
    sent.add(saved);
    return with(it -> it.pending = sent);
  }

  /** The save that was sent under that name, if its answer is still due. */
  Optional<Saved> sent(SnapshotId snapshot) {
    return unanswered().stream().filter(s -> s.ref().id().equals(snapshot)).findFirst();
  }

  private List<Saved> unanswered() {
    return pending == null ? List.of() : pending;
  }

  Marker saved(String boot, @Nullable Saved newBase, boolean stillDirty) {
    return with(it -> {
      it.dirty = stillDirty;
      it.bootId = boot;
      it.base = newBase;
      it.pending = List.of();
    });
  }

  Marker onDisk() {
    return with(it -> it.flushed = true);
  }

  Marker tornNow() {
    return with(it -> it.torn = true);
  }

  private Marker with(Consumer<Draft> change) {
    var draft = new Draft();
    change.accept(draft);
    return draft.marker();
  }

  /** The marker that comes of this one; what is not changed stays. */
  private final class Draft {
    private boolean complete = Marker.this.complete;
    private long generation = Marker.this.generation;
    private boolean dirty = Marker.this.dirty;
    private long dirtyVersion = Marker.this.dirtyVersion;
    private String bootId = Marker.this.bootId;
    private boolean flushed = Marker.this.flushed;
    private boolean torn = Marker.this.torn;
    private @Nullable Saved base = Marker.this.base;
    private @Nullable List<Saved> pending = Marker.this.pending;
    private @Nullable String instance = Marker.this.instance;

    /** Nothing but that, and it may not have reached the disk yet. */
    void holds(@Nullable Saved saved) {
      dirty = false;
      flushed = false;
      torn = false;
      base = saved;
      pending = List.of();
    }

    Marker marker() {
      return new Marker(
          version,
          diskBytes,
          complete,
          generation,
          dirty,
          dirtyVersion,
          bootId,
          flushed,
          torn,
          base,
          pending,
          instance);
    }
  }
}

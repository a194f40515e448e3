package dev.berth.controlplane.seed;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SeedSetId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.format.FileName;
import dev.berth.format.Sha256;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes, finds and lets go of sets. What makes one calls the object store: never in a transaction.
 */
@Singleton
public final class SeedSetService {
  private final Transactions transactions;
  private final SeedSetRepository sets;
  private final SnapshotSeeds snapshots;
  private final ObjectStore store;
  private final IdSource ids;
  private final Clock clock;

  SeedSetService(
      Transactions transactions,
      SeedSetRepository sets,
      SnapshotSeeds snapshots,
      ObjectStore store,
      IdSource ids,
      Clock clock) {
    this.transactions = transactions;
    this.sets = sets;
    this.snapshots = snapshots;
    this.store = store;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * Stores the files as a new set without a name, which goes with the last session that holds it.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException SEED_SET_LIMIT
   */
  public SeedSet create(ProjectId project, Actor actor, Collection<SeedContent> contents) {
    return publish(store(project, null, Map.of(), actor, contents));
  }

  /**
   * Stores the files; nobody sees them before {@link #publish}, and they go by themselves if that
   * never comes. Until then they have no claim to the name.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException SEED_SET_LIMIT
   */
  SeedSet store(
      ProjectId project,
      @Nullable String name,
      Map<String, String> labels,
      Actor actor,
      Collection<SeedContent> contents) {
    SeedSetId id = new SeedSetId(ids.next());
    List<SeedContent> ascending =
        contents.stream().sorted(Comparator.comparing(SeedContent::path)).toList();
    List<SeedFile> files = place(ascending);
    long size = files.stream().mapToLong(SeedFile::size).sum();
    SeedSet set =
        new SeedSet(
            id,
            project,
            name,
            labels,
            1,
            clock.instant(),
            clock.instant(),
            actor,
            project + "/seeds/" + id,
            size,
            files.size(),
            files);
    sets.insertUploading(set);
    if (size > 0) {
      ByteArrayOutputStream object = new ByteArrayOutputStream((int) size);
      ascending.forEach(content -> object.writeBytes(content.content()));
      store.put(set.objectKey(), object.toByteArray());
    }
    return set;
  }

  /**
   * Makes what was stored the project's set of that name, and answers it.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NAME_TAKEN
   */
  SeedSet publish(SeedSet stored) {
    return transactions.call(() -> {
      String name = stored.name();
      if (name != null) {
        sets.lockName(stored.projectId(), name);
        sets.findByName(stored.projectId(), name)
            .ifPresent(holder -> {
              throw SeedSetErrors.nameTaken(name, holder.id());
            });
      }
      if (!sets.makeReady(stored.id())) {
        throw SeedSetErrors.notFound(stored.id());
      }
      return sets.find(stored.id()).orElseThrow(() -> SeedSetErrors.notFound(stored.id()));
    });
  }

  private static List<SeedFile> place(List<SeedContent> ascending) {
    if (ascending.size() > SeedSet.MAX_FILES) {
      throw SeedSetErrors.limit("%,d files".formatted(ascending.size()));
    }
    List<SeedFile> files = new ArrayList<>();
    long position = 0;
    for (SeedContent file : ascending) {
      int size = file.content().length;
      if (size > SeedSet.MAX_FILE_BYTES) {
        throw SeedSetErrors.limit("%s has %,d bytes".formatted(file.path(), size));
      }
      String digest = Sha256.of(file.content(), 0, size).toString();
      files.add(new SeedFile(file.path(), file.mode(), size, digest, position));
      position += size;
      if (position > SeedSet.MAX_BYTES) {
        throw SeedSetErrors.limit("more than %,d bytes".formatted(SeedSet.MAX_BYTES));
      }
    }
    return files;
  }

  /**
   * The files at that path of a snapshot's workspace: one named "" for a file, else those below the
   * directory.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND, PATH_NOT_FOUND,
   *     SEED_SET_LIMIT
   */
  public List<SeedContent> read(ProjectId project, SnapshotId snapshot, List<FileName> path) {
    return snapshots.read(project, snapshot, path);
  }

  /** NOT_FOUND where the project has none of that name or id. */
  public SeedSet get(ProjectId project, String nameOrId) {
    if (nameOrId.startsWith(SeedSetId.PREFIX + "_")) {
      return parse(nameOrId)
          .flatMap(sets::find)
          .filter(set -> set.projectId().equals(project))
          .orElseThrow(() -> SeedSetErrors.notFound(nameOrId));
    }
    return sets.findByName(project, nameOrId).orElseThrow(() -> SeedSetErrors.notFound(nameOrId));
  }

  private static java.util.Optional<SeedSetId> parse(String id) {
    try {
      return java.util.Optional.of(SeedSetId.parse(id));
    } catch (IllegalArgumentException e) {
      return java.util.Optional.empty();
    }
  }

  List<SeedSet> list(ProjectId project, String after, int limit) {
    return sets.list(project, after, limit);
  }

  /** SEED_SET_IN_USE while sessions that are not deleted hold it. */
  void delete(ProjectId project, String nameOrId) {
    transactions.run(() -> {
      SeedSet set = get(project, nameOrId);
      int holders = sets.holders(set.id());
      if (holders > 0) {
        throw SeedSetErrors.inUse(set, holders);
      }
      sets.doom(set.id());
    });
  }

  /**
   * In the caller's transaction: the session holds exactly these sets from now on. NOT_FOUND where
   * one is gone.
   */
  public void hold(SessionId session, Collection<SeedSetId> ids) {
    List<SeedSetId> there = ids.isEmpty() ? List.of() : sets.hold(ids);
    for (SeedSetId id : ids) {
      if (!there.contains(id)) {
        throw SeedSetErrors.notFound(id);
      }
    }
    sets.replaceHeld(session, ids);
  }

  /** Those of the sets that are there, with their files. */
  public Map<SeedSetId, SeedSet> all(Collection<SeedSetId> ids) {
    return ids.isEmpty()
        ? Map.of()
        : sets.find(ids).stream().collect(Collectors.toMap(SeedSet::id, Function.identity()));
  }
}

package dev.berth.controlplane.manifest;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SeedSetId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.manifest.NewManifest.NewSeed;
import dev.berth.controlplane.manifest.RuntimeManifest.Seed;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.seed.SeedContent;
import dev.berth.controlplane.seed.SeedFile;
import dev.berth.controlplane.seed.SeedSet;
import dev.berth.controlplane.seed.SeedSetErrors;
import dev.berth.controlplane.seed.SeedSetService;
import dev.berth.format.FileName;
import dev.berth.format.layer.WorkspacePath;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Binds the seeds of manifests to sets, and counts them out again. */
@Singleton
class ManifestService {
  private final SeedSetService sets;

  ManifestService(SeedSetService sets) {
    this.sets = sets;
  }

  /**
   * Checks the manifest and stores what it brings. Calls the object store: never in a transaction.
   * What was stored and then no session holds is collected.
   */
  RuntimeManifest resolve(ProjectId project, Actor actor, NewManifest manifest) {
    ManifestRules.check(manifest);
    Map<SeedSetId, SeedSet> known = new HashMap<>();
    List<Seed> seeds = new ArrayList<>();
    for (int i = 0; i < manifest.seeds().size(); i++) {
      NewSeed wanted = manifest.seeds().get(i);
      Bound bound = bind(project, actor, wanted, manifest.seedField(i));
      if (bound.file() && wanted.path().equals(WorkspacePath.ROOT)) {
        throw CommonErrors.fieldInvalid(
            manifest.seedField(i) + ".path", "is the workspace itself, and the seed is a file");
      }
      known.put(bound.set().id(), bound.set());
      seeds.add(
          new Seed(
              wanted.path(),
              wanted.mode(),
              wanted.source(),
              bound.set().id().toString(),
              bound.file()));
    }
    ManifestRules.check(manifest, targets(seeds, known));
    RuntimeManifest rest = manifest.rest();
    return new RuntimeManifest(
        rest.runtimeVersion(),
        seeds,
        rest.agentData(),
        rest.cleanUp(),
        rest.mounts(),
        rest.requiredPaths(),
        rest.protectedPaths(),
        rest.conflictPolicy());
  }

  private record Bound(SeedSet set, boolean file) {}

  private Bound bind(ProjectId project, Actor actor, NewSeed seed, String field) {
    RuntimeManifest.Source source = seed.source();
    return switch (source.kind()) {
      case SEED_SET -> {
        Fields.requireNoNul(field + ".seed_set", source.name());
        yield new Bound(sets.get(project, source.name()), false);
      }
      case INLINE -> {
        byte[] content = Objects.requireNonNull(seed.content());
        SeedContent only = new SeedContent("", SeedContent.DEFAULT_MODE, content);
        yield new Bound(sets.create(project, actor, List.of(only)), true);
      }
      case SNAPSHOT -> {
        SnapshotId snapshot =
            Fields.id(field + ".snapshot.snapshot_id", source.name(), SnapshotId::parse);
        List<FileName> path = names(field + ".snapshot.path", source.path());
        List<SeedContent> files = sets.read(project, snapshot, path);
        boolean single = files.size() == 1 && files.getFirst().path().isEmpty();
        yield new Bound(sets.create(project, actor, files), single);
      }
    };
  }

  private static List<FileName> names(String field, String path) {
    try {
      return WorkspacePath.names(path);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid(field, "must be a path under /workspace");
    }
  }

  /**
   * Every file that the manifest's seeds put in place, ascending by path.
   *
   * @throws dev.berth.controlplane.platform.errors.BerthException NOT_FOUND where a set is gone
   */
  List<SeedTarget> targets(RuntimeManifest manifest) {
    return targets(manifest.seeds(), sets.all(manifest.seedSets()));
  }

  private static List<SeedTarget> targets(List<Seed> seeds, Map<SeedSetId, SeedSet> sets) {
    List<SeedTarget> targets = new ArrayList<>();
    for (int i = 0; i < seeds.size(); i++) {
      Seed seed = seeds.get(i);
      SeedSet set = sets.get(seed.setId());
      if (set == null) {
        throw SeedSetErrors.notFound(seed.set());
      }
      for (SeedFile file : set.files()) {
        List<FileName> path = new ArrayList<>(WorkspacePath.names(seed.path()));
        if (!seed.file()) {
          path.addAll(WorkspacePath.relative(file.path()));
        }
        int mode = seed.mode() == 0 ? file.mode() : seed.mode();
        targets.add(new SeedTarget(i, List.copyOf(path), mode, file, set));
      }
    }
    targets.sort((a, b) -> compare(a.path(), b.path()));
    return targets;
  }

  private static int compare(List<FileName> a, List<FileName> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = a.get(i).compareTo(b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}

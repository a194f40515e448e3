package dev.berth.controlplane.manifest;

import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.seed.SeedSet;
import dev.berth.controlplane.seed.SeedSetErrors;
import dev.berth.format.FileName;
import dev.berth.format.layer.PathGlob;
import dev.berth.format.layer.WorkspacePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What makes sense in a manifest; what does not is INVALID_ARGUMENT with the field named. */
final class ManifestRules {
  private ManifestRules() {}

  /** What can be said before seeds are resolved. */
  static void check(NewManifest manifest) {
    RuntimeManifest rest = manifest.rest();
    each(manifest.field() + ".clean_up", rest.cleanUp(), PathGlob::of);
    each(manifest.field() + ".required_paths", rest.requiredPaths(), WorkspacePath::names);
    each(manifest.field() + ".protected_paths", rest.protectedPaths(), WorkspacePath::names);
    for (int i = 0; i < manifest.seeds().size(); i++) {
      read(manifest.seedField(i) + ".path", manifest.seeds().get(i).path(), WorkspacePath::names);
    }
    mounts(manifest);
    agentData(manifest);
  }

  private static void each(String field, List<String> paths, Consumer<String> reader) {
    for (int i = 0; i < paths.size(); i++) {
      read(field + "[" + i + "]", paths.get(i), reader);
    }
  }

  private static void read(String field, String path, Consumer<String> reader) {
    try {
      reader.accept(path);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid(
          field, "must be an absolute, normal path under /workspace, no name over 255 bytes");
    }
  }

  private static void mounts(NewManifest manifest) {
    List<List<FileName>> taken = new ArrayList<>();
    List<RuntimeManifest.Mount> mounts = manifest.rest().mounts();
    for (int i = 0; i < mounts.size(); i++) {
      String field = manifest.field() + ".mounts[" + i + "].path";
      read(field, mounts.get(i).path(), WorkspacePath::names);
      List<FileName> path = WorkspacePath.names(mounts.get(i).path());
      for (List<FileName> other : taken) {
        if (WorkspacePath.covers(other, path) || WorkspacePath.covers(path, other)) {
          throw CommonErrors.fieldInvalid(field, "lies in another mount, or above one");
        }
      }
      taken.add(path);
    }
  }

  private static void agentData(NewManifest manifest) {
    Set<String> providers = new HashSet<>();
    List<List<FileName>> taken = new ArrayList<>();
    List<RuntimeManifest.AgentData> all = manifest.rest().agentData();
    for (int i = 0; i < all.size(); i++) {
      String field = manifest.field() + ".agent_data[" + i + "]";
      if (!providers.add(all.get(i).provider())) {
        throw CommonErrors.fieldInvalid(field + ".provider", "is there twice");
      }
      List<String> directories = all.get(i).directories();
      for (int j = 0; j < directories.size(); j++) {
        String directory = field + ".directories[" + j + "]";
        read(directory, directories.get(j), WorkspacePath::relative);
        List<FileName> path = WorkspacePath.relative(directories.get(j));
        for (List<FileName> other : taken) {
          if (WorkspacePath.covers(other, path) || WorkspacePath.covers(path, other)) {
            throw CommonErrors.fieldInvalid(directory, "lies in another directory, or above one");
          }
        }
        taken.add(path);
      }
    }
  }

  /** What can be said only of the files that seeds are. */
  static void check(NewManifest manifest, List<SeedTarget> targets) {
    long bytes = targets.stream().mapToLong(target -> target.file().size()).sum();
    if (targets.size() > SeedSet.MAX_FILES || bytes > SeedSet.MAX_BYTES) {
      throw SeedSetErrors.limit("%,d files with %,d bytes".formatted(targets.size(), bytes));
    }
    Map<List<FileName>, SeedTarget> taken = new HashMap<>();
    for (SeedTarget target : targets) {
      String field = manifest.seedField(target.seed()) + ".path";
      SeedTarget other = taken.put(target.path(), target);
      if (other != null) {
        throw CommonErrors.fieldInvalid(
            field, "writes " + text(target) + " as seeds[" + other.seed() + "] does");
      }
      for (RuntimeManifest.Mount mount : manifest.rest().mounts()) {
        if (WorkspacePath.covers(WorkspacePath.names(mount.path()), target.path())) {
          throw CommonErrors.fieldInvalid(field, "is hidden by the mount at " + mount.path());
        }
      }
    }
    for (SeedTarget target : targets) {
      for (int depth = 1; depth < target.path().size(); depth++) {
        SeedTarget above = taken.get(target.path().subList(0, depth));
        if (above != null) {
          throw CommonErrors.fieldInvalid(
              manifest.seedField(target.seed()) + ".path",
              text(target) + " lies below a file of seeds[" + above.seed() + "]");
        }
      }
    }
  }

  private static String text(SeedTarget target) {
    return WorkspacePath.text(target.path());
  }
}

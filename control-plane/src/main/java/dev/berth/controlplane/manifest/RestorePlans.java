package dev.berth.controlplane.manifest;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.executor.ExecutorService;
import dev.berth.controlplane.seed.SnapshotTrees;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes plans from what is stored. Reads the object store: never in a transaction. */
@Singleton
public class RestorePlans {
  private static final int MAX_ENTRIES = 10_000;

  private final ManifestService manifests;
  private final SnapshotTrees trees;
  private final ExecutorService executors;

  RestorePlans(ManifestService manifests, SnapshotTrees trees, ExecutorService executors) {
    this.manifests = manifests;
    this.trees = trees;
    this.executors = executors;
  }

  /**
   * @param head null for an empty workspace
   */
  public RestorePlan plan(
      ProjectId project, RuntimeManifest manifest, String image, @Nullable SnapshotId head) {
    Set<String> mounts =
        executors.connected(project).stream()
            .flatMap(executor -> executor.agent().mounts().stream())
            .collect(Collectors.toSet());
    var planner = new RestorePlanner(manifest, manifests.targets(manifest), mounts);
    List<RestorePlan.Entry> entries =
        head == null
            ? empty(planner, image)
            : trees.read(project, head, (tree, contents) -> planner.plan(image, tree));
    int shown = Math.min(entries.size(), MAX_ENTRIES);
    return new RestorePlan(entries.subList(0, shown), entries.size() - shown);
  }

  private static List<RestorePlan.Entry> empty(RestorePlanner planner, String image) {
    try {
      return planner.plan(image, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

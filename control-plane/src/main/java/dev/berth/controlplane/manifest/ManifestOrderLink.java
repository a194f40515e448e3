package dev.berth.controlplane.manifest;

import dev.berth.common.Id.SeedSetId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.executor.v1.RestoreOrder;
import dev.berth.executor.v1.SeedObject;
import dev.berth.executor.v1.SeedOrder;
import dev.berth.format.layer.WorkspacePath;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Manifests as orders to executors carry them. */
@Singleton
public final class ManifestOrderLink {
  private final ManifestService manifests;
  private final ObjectStore store;

  ManifestOrderLink(ManifestService manifests, ObjectStore store) {
    this.manifests = manifests;
    this.store = store;
  }

  /** With URLs that live as long as those of packs. */
  public RestoreOrder order(RuntimeManifest manifest) {
    var order =
        RestoreOrder.newBuilder()
            .setRuntimeVersion(manifest.runtimeVersion())
            .setConflictPolicy(ManifestProtoMapper.policy(manifest.conflictPolicy()))
            .addAllAgentData(ManifestProtoMapper.agentData(manifest))
            .addAllMounts(ManifestProtoMapper.mounts(manifest))
            .addAllCleanUp(manifest.cleanUp())
            .addAllRequiredPaths(manifest.requiredPaths())
            .addAllProtectedPaths(manifest.protectedPaths());
    try {
      seeds(manifests.targets(manifest), order);
    } catch (BerthException gone) {
      order.setOutdated(true);
    }
    return order.build();
  }

  private void seeds(List<SeedTarget> targets, RestoreOrder.Builder order) {
    Map<SeedSetId, Integer> objects = new HashMap<>();
    for (SeedTarget target : targets) {
      if (!objects.containsKey(target.set().id())) {
        objects.put(target.set().id(), objects.size());
        var url = store.presignGet(target.set().objectKey());
        order.addObjects(
            SeedObject.newBuilder().setUrl(url.url().toString()).putAllHeaders(url.headers()));
      }
    }
    targets.stream()
        .sorted(
            Comparator.comparingInt((SeedTarget target) -> object(objects, target))
                .thenComparingLong(target -> target.file().position()))
        .map(target ->
            SeedOrder.newBuilder()
                .setPath(WorkspacePath.text(target.path()))
                .setMode(target.mode())
                .setSize(target.file().size())
                .setSha256(target.file().sha256())
                .setObject(object(objects, target))
                .setPosition(target.file().position())
                .build())
        .forEach(order::addSeeds);
  }

  private static int object(Map<SeedSetId, Integer> objects, SeedTarget target) {
    return objects.getOrDefault(target.set().id(), 0);
  }
}

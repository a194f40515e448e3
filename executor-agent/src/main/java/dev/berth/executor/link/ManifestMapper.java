package dev.berth.executor.link;

import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.v1.RestoreOrder;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.format.Sha256;
import dev.berth.format.layer.PathGlob;
import dev.berth.format.layer.SeedRule.Policy;
import dev.berth.format.layer.WorkspacePath;
import java.net.URI;
import java.util.List;

/** Manifests from the wire. What cannot be read is an {@link IllegalArgumentException}. */
final class ManifestMapper {

  private ManifestMapper() {}

  static RestoreManifest manifest(RestoreOrder message) {
    return new RestoreManifest(
        message.getRuntimeVersion(),
        switch (message.getConflictPolicy()) {
          case CONFLICT_POLICY_PREFER_MANIFEST -> Policy.PREFER_MANIFEST;
          case CONFLICT_POLICY_FAIL -> Policy.FAIL;
          case CONFLICT_POLICY_KEEP_SESSION, CONFLICT_POLICY_UNSPECIFIED, UNRECOGNIZED ->
              Policy.KEEP_SESSION;
        },
        message.getSeedsList().stream()
            .map(seed ->
                new RestoreManifest.Seed(
                    path(seed.getPath()),
                    seed.getMode(),
                    seed.getSize(),
                    Sha256.parse(seed.getSha256()),
                    seed.getObject(),
                    seed.getPosition()))
            .toList(),
        message.getObjectsList().stream()
            .map(object -> new Transfer(URI.create(object.getUrl()), object.getHeadersMap()))
            .toList(),
        message.getAgentDataList().stream()
            .map(data ->
                new RestoreManifest.AgentData(
                    data.getProvider(),
                    data.getDirectoriesList().stream().map(RelativePath::of).toList()))
            .toList(),
        message.getMountsList().stream()
            .map(mount -> new RestoreManifest.Mount(mount.getName(), path(mount.getPath())))
            .toList(),
        message.getCleanUpList().stream().map(PathGlob::of).toList(),
        paths(message.getRequiredPathsList()),
        paths(message.getProtectedPathsList()),
        message.getOutdated());
  }

  private static List<RelativePath> paths(List<String> paths) {
    return paths.stream().map(ManifestMapper::path).toList();
  }

  private static RelativePath path(String text) {
    return new RelativePath(WorkspacePath.names(text));
  }
}

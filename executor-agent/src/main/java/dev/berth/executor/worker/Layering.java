package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ImageInfo;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.workspace.Copy;
import dev.berth.executor.workspace.Layers;
import dev.berth.executor.workspace.Progress;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.format.layer.WorkspacePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The steps in which a manifest is brought about. What cannot be is a {@link RefusedException} that
 * names it.
 */
final class Layering {

  private static final int NAMED = 10;

  private final AllowedMounts allowed;
  private final List<Provider> providers;

  Layering(AllowedMounts allowed, List<Provider> providers) {
    this.allowed = allowed;
    this.providers = providers;
  }

  /**
   * With the state of the agent programs that the image has, where the manifest does not say
   * otherwise: so whoever runs one finds its conversations again, on whatever executor.
   */
  RestoreManifest completed(RestoreManifest manifest, ImageInfo image) {
    var has = image.providers();
    return manifest.with(
        providers.stream()
            .filter(
                provider -> has.contains(provider.key()) && !provider.stateDirectories().isEmpty())
            .filter(provider ->
                manifest.agentData().stream()
                    .noneMatch(data -> data.provider().equals(provider.key())))
            .map(provider -> new RestoreManifest.AgentData(provider.key(), List.of()))
            .toList());
  }

  /**
   * Before anything is touched: what can be said without the session's files.
   *
   * @param is the runtime version of the image
   */
  void check(RestoreManifest manifest, String image, String is) {
    if (manifest.outdated()) {
      throw new RefusedException(
          Failure.temporary("SEED_SET_GONE", "The session's manifest is another by now."));
    }
    var wanted = manifest.runtimeVersion();
    if (!wanted.isEmpty() && !is.equals(wanted)) {
      throw refused(
          "RUNTIME_VERSION_MISMATCH",
          "The image "
              + image
              + (is.isEmpty() ? " has no label berth.runtime-version" : " is of version " + is)
              + ", and the manifest asks for "
              + wanted
              + ".");
    }
    manifest.mounts().forEach(this::directory);
    manifest.agentData().forEach(this::directories);
  }

  /** Seeds, mount points and clean-up. */
  void apply(Copy copy, RestoreManifest manifest, Progress progress) throws IOException {
    var refused = copy.layers().apply(manifest, progress);
    if (!refused.isEmpty()) {
      throw refused(
          "SEED_CONFLICT",
          "The session has something else where the manifest puts " + named(refused) + ".");
    }
  }

  /** What is seen in the sandbox beside the workspace itself. */
  List<ContainerSpec.Mount> link(Copy copy, RestoreManifest manifest) throws IOException {
    var mounts = new ArrayList<ContainerSpec.Mount>();
    for (var data : manifest.agentData()) {
      for (var directory : directories(data)) {
        mounts.add(
            new ContainerSpec.Mount(
                copy.layers().agentDirectory(data.provider(), directory),
                SandboxUsers.HOME + "/" + new String(directory.toBytes(), StandardCharsets.UTF_8),
                false));
      }
    }
    for (var mount : manifest.mounts()) {
      mounts.add(new ContainerSpec.Mount(directory(mount), Layers.text(mount.path()), true));
    }
    return mounts;
  }

  void validate(Copy copy, RestoreManifest manifest) throws IOException {
    var own = new ArrayList<RelativePath>();
    var missing = new ArrayList<RelativePath>();
    for (var path : manifest.requiredPaths()) {
      var mount =
          manifest.mounts().stream()
              .filter(m -> WorkspacePath.covers(m.path().names(), path.names()))
              .findFirst();
      if (mount.isEmpty()) {
        own.add(path);
      } else if (isMissing(mount.get(), path)) {
        missing.add(path);
      }
    }
    missing.addAll(copy.layers().missing(own));
    if (!missing.isEmpty()) {
      throw refused(
          "REQUIRED_PATH_MISSING",
          "The manifest requires " + named(missing) + ", which the restored workspace lacks.");
    }
  }

  private boolean isMissing(RestoreManifest.Mount mount, RelativePath path) throws IOException {
    var below = new RelativePath(path.names().subList(mount.path().depth(), path.names().size()));
    try (var directory = Directory.open(directory(mount))) {
      return !Layers.missing(directory, List.of(below)).isEmpty();
    }
  }

  private Path directory(RestoreManifest.Mount mount) {
    return allowed
        .directory(mount.name())
        .orElseThrow(() ->
            refused(
                "MOUNT_NOT_ALLOWED",
                "The executor's operator allows no mount named " + mount.name() + "."));
  }

  private List<RelativePath> directories(RestoreManifest.AgentData data) {
    if (!data.directories().isEmpty()) {
      return data.directories();
    }
    var declared =
        providers.stream()
            .filter(provider -> provider.key().equals(data.provider()))
            .flatMap(provider -> provider.stateDirectories().stream())
            .map(RelativePath::of)
            .toList();
    if (declared.isEmpty()) {
      throw refused(
          "AGENT_DATA_UNKNOWN",
          "The executor knows no state directories of "
              + data.provider()
              + "; name them in the manifest.");
    }
    return declared;
  }

  private static RefusedException refused(String reason, String message) {
    return new RefusedException(Failure.permanent(reason, message));
  }

  private static String named(List<RelativePath> paths) {
    var some = paths.stream().limit(NAMED).map(Layers::text).collect(Collectors.joining(", "));
    return paths.size() > NAMED ? some + " and %d more".formatted(paths.size() - NAMED) : some;
  }
}

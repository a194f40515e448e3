package dev.berth.controlplane.manifest;

import dev.berth.controlplane.manifest.NewManifest.NewSeed;
import dev.berth.controlplane.manifest.RuntimeManifest.Source;
import dev.berth.controlplane.platform.auth.Caller;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.format.Sha256;
import dev.berth.format.layer.SeedRule.Policy;
import dev.berth.v1.AgentData;
import dev.berth.v1.ConflictPolicy;
import dev.berth.v1.Mount;
import dev.berth.v1.Seed;
import dev.berth.v1.SeedFromSnapshot;
import dev.berth.v1.SeedInline;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Between manifests and their messages. */
@Singleton
public final class ManifestProtoMapper {
  private final ManifestService manifests;

  ManifestProtoMapper(ManifestService manifests) {
    this.manifests = manifests;
  }

  /**
   * Reads a request's manifest, checks it and stores what it brings. Never in a transaction.
   *
   * @param field where it stands in the request
   */
  public RuntimeManifest resolve(
      Caller caller, dev.berth.v1.RuntimeManifest manifest, String field) {
    if (manifest.equals(dev.berth.v1.RuntimeManifest.getDefaultInstance())) {
      return RuntimeManifest.EMPTY;
    }
    List<NewSeed> seeds = new ArrayList<>();
    for (int i = 0; i < manifest.getSeedsCount(); i++) {
      seeds.add(seed(manifest.getSeeds(i), field + ".seeds[" + i + "]"));
    }
    return manifests.resolve(
        caller.projectId(), caller.actor(), new NewManifest(field, rest(manifest), seeds));
  }

  private static RuntimeManifest rest(dev.berth.v1.RuntimeManifest manifest) {
    return new RuntimeManifest(
        manifest.getRuntimeVersion(),
        List.of(),
        manifest.getAgentDataList().stream()
            .map(data ->
                new RuntimeManifest.AgentData(data.getProvider(), data.getDirectoriesList()))
            .toList(),
        manifest.getCleanUpList(),
        manifest.getMountsList().stream()
            .map(mount -> new RuntimeManifest.Mount(mount.getName(), mount.getPath()))
            .toList(),
        manifest.getRequiredPathsList(),
        manifest.getProtectedPathsList(),
        switch (manifest.getConflictPolicy()) {
          case CONFLICT_POLICY_PREFER_MANIFEST -> Policy.PREFER_MANIFEST;
          case CONFLICT_POLICY_FAIL -> Policy.FAIL;
          case CONFLICT_POLICY_KEEP_SESSION, CONFLICT_POLICY_UNSPECIFIED, UNRECOGNIZED ->
              Policy.KEEP_SESSION;
        });
  }

  private static NewSeed seed(Seed seed, String field) {
    return switch (seed.getSourceCase()) {
      case CONTENT -> {
        byte[] content = seed.getContent().toByteArray();
        String digest = Sha256.of(content, 0, content.length).toString();
        yield new NewSeed(
            seed.getPath(),
            seed.getMode(),
            new Source(Source.Kind.INLINE, "", "", content.length, digest),
            content);
      }
      case SNAPSHOT ->
          new NewSeed(
              seed.getPath(),
              seed.getMode(),
              new Source(
                  Source.Kind.SNAPSHOT,
                  seed.getSnapshot().getSnapshotId(),
                  seed.getSnapshot().getPath(),
                  0,
                  ""),
              null);
      case SEED_SET ->
          new NewSeed(
              seed.getPath(),
              seed.getMode(),
              new Source(Source.Kind.SEED_SET, seed.getSeedSet(), "", 0, ""),
              null);
      case INLINE ->
          throw CommonErrors.fieldInvalid(
              field + ".inline", "is only in answers: send the content");
      case SOURCE_NOT_SET -> throw CommonErrors.fieldInvalid(field + ".source", "is missing");
    };
  }

  /** As answers show it: inline content is named, not repeated. */
  public static dev.berth.v1.RuntimeManifest message(RuntimeManifest manifest) {
    var message =
        dev.berth.v1.RuntimeManifest.newBuilder()
            .setRuntimeVersion(manifest.runtimeVersion())
            .addAllAgentData(agentData(manifest))
            .addAllCleanUp(manifest.cleanUp())
            .addAllMounts(mounts(manifest))
            .addAllRequiredPaths(manifest.requiredPaths())
            .addAllProtectedPaths(manifest.protectedPaths())
            .setConflictPolicy(policy(manifest.conflictPolicy()));
    for (RuntimeManifest.Seed seed : manifest.seeds()) {
      message.addSeeds(message(seed));
    }
    return message.build();
  }

  static List<AgentData> agentData(RuntimeManifest manifest) {
    return manifest.agentData().stream()
        .map(data ->
            AgentData.newBuilder()
                .setProvider(data.provider())
                .addAllDirectories(data.directories())
                .build())
        .toList();
  }

  static List<Mount> mounts(RuntimeManifest manifest) {
    return manifest.mounts().stream()
        .map(mount -> Mount.newBuilder().setName(mount.name()).setPath(mount.path()).build())
        .toList();
  }

  static ConflictPolicy policy(Policy policy) {
    return switch (policy) {
      case KEEP_SESSION -> ConflictPolicy.CONFLICT_POLICY_KEEP_SESSION;
      case PREFER_MANIFEST -> ConflictPolicy.CONFLICT_POLICY_PREFER_MANIFEST;
      case FAIL -> ConflictPolicy.CONFLICT_POLICY_FAIL;
    };
  }

  private static Seed message(RuntimeManifest.Seed seed) {
    Source source = seed.source();
    var message = Seed.newBuilder().setPath(seed.path()).setMode(seed.mode());
    switch (source.kind()) {
      case INLINE ->
          message.setInline(
              SeedInline.newBuilder().setSize(source.size()).setSha256(source.sha256()));
      case SNAPSHOT ->
          message.setSnapshot(
              SeedFromSnapshot.newBuilder().setSnapshotId(source.name()).setPath(source.path()));
      case SEED_SET -> message.setSeedSet(source.name());
    }
    return message.build();
  }
}

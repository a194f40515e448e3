package dev.berth.controlplane.manifest;

import dev.berth.controlplane.manifest.RestorePlan.Action;
import dev.berth.controlplane.manifest.RestorePlan.Entry;
import dev.berth.controlplane.manifest.RestorePlan.Layer;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.layer.CleanUp;
import dev.berth.format.layer.PathGlob;
import dev.berth.format.layer.SeedRule;
import dev.berth.format.layer.SeedRule.Found;
import dev.berth.format.layer.SeedRule.Outcome;
import dev.berth.format.layer.WorkspacePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans what bringing up a worker would do: a function of the manifest, its seeds' files, the head
 * snapshot's tree, and what mounts executors allow. For one plan.
 */
final class RestorePlanner {
  private static final String HOME = "/home/agent/";

  private final RuntimeManifest manifest;
  private final List<SeedTarget> seeds;
  private final Set<String> allowedMounts;
  private final List<List<FileName>> protectedPaths;
  private final TreeFacts facts;
  private final List<Entry> entries = new ArrayList<>();

  /** Where a seed's path is a directory that is there, or will be. */
  private final Map<List<FileName>, Outcome> outcomes = new HashMap<>();

  RestorePlanner(RuntimeManifest manifest, List<SeedTarget> seeds, Set<String> allowedMounts) {
    this.manifest = manifest;
    this.seeds = seeds;
    this.allowedMounts = allowedMounts;
    this.protectedPaths = paths(manifest.protectedPaths());
    this.facts =
        new TreeFacts(
            Stream.of(
                    seeds.stream().map(SeedTarget::path),
                    paths(manifest.requiredPaths()).stream(),
                    manifest.mounts().stream().map(mount -> WorkspacePath.names(mount.path())))
                .flatMap(s -> s)
                .toList(),
            new CleanUp(
                manifest.cleanUp().stream().map(PathGlob::of).toList(),
                Stream.of(
                        protectedPaths.stream(),
                        seeds.stream().map(SeedTarget::path),
                        manifest.mounts().stream().map(mount -> WorkspacePath.names(mount.path())))
                    .flatMap(s -> s)
                    .collect(Collectors.toSet())));
  }

  private static List<List<FileName>> paths(List<String> paths) {
    return paths.stream().map(WorkspacePath::names).toList();
  }

  /**
   * @param head null for an empty workspace
   */
  List<Entry> plan(String image, @Nullable ManifestReader head) throws IOException {
    if (head != null) {
      facts.read(head);
    }
    if (!manifest.runtimeVersion().isEmpty()) {
      add(
          Layer.RUNTIME_IMAGE,
          Action.CHECK,
          image,
          "its label berth.runtime-version must be " + manifest.runtimeVersion());
    }
    seeds.forEach(this::seed);
    manifest.agentData().forEach(this::agentData);
    TreeFacts.Size workspace = facts.root("workspace");
    entries.add(
        new Entry(
            Layer.WORKSPACE,
            Action.WRITE,
            WorkspacePath.ROOT,
            workspace.files(),
            workspace.bytes(),
            head == null ? "empty: there is no snapshot" : "the head snapshot"));
    fixups();
    return entries;
  }

  private void seed(SeedTarget seed) {
    boolean isProtected =
        protectedPaths.stream().anyMatch(path -> WorkspacePath.covers(path, seed.path()));
    Found found = facts.found(seed.path(), seed.file(), seed.mode());
    Outcome outcome = SeedRule.decide(manifest.conflictPolicy(), found, isProtected);
    outcomes.put(seed.path(), outcome);
    entries.add(
        new Entry(
            Layer.SEEDS,
            switch (outcome) {
              case WRITE -> Action.WRITE;
              case KEEP -> Action.KEEP;
              case REFUSE -> Action.REFUSE;
            },
            WorkspacePath.text(seed.path()),
            1,
            seed.file().size(),
            detail(found, outcome, isProtected)));
  }

  private static String detail(Found found, Outcome outcome, boolean isProtected) {
    return switch (found) {
      case NOTHING -> "";
      case SAME -> "the same already";
      case OTHER, IN_THE_WAY ->
          switch (outcome) {
            case WRITE -> "replaces what the session has";
            case KEEP -> isProtected ? "protected" : "the session has another";
            case REFUSE ->
                found == Found.OTHER
                    ? "the session has another"
                    : "something of another type is in the way";
          };
    };
  }

  private void agentData(RuntimeManifest.AgentData data) {
    TreeFacts.Size size = facts.root("agent/" + data.provider());
    List<String> directories = data.directories().isEmpty() ? List.of("*") : data.directories();
    for (String directory : directories) {
      entries.add(
          new Entry(
              Layer.AGENT_DATA,
              Action.WRITE,
              HOME + directory,
              size.files(),
              size.bytes(),
              "linked to the snapshot's root agent/"
                  + data.provider()
                  + (data.directories().isEmpty() ? ", as its provider declares" : "")));
    }
  }

  private void fixups() {
    facts
        .removed()
        .forEach((path, size) ->
            entries.add(
                new Entry(
                    Layer.FIXUPS,
                    Action.REMOVE,
                    WorkspacePath.text(path),
                    size.files(),
                    size.bytes(),
                    "clean-up")));
    for (List<FileName> path : facts.spared()) {
      add(Layer.FIXUPS, Action.KEEP, WorkspacePath.text(path), "clean-up spares it");
    }
    manifest.mounts().forEach(this::mount);
    for (String path : manifest.requiredPaths()) {
      required(path);
    }
  }

  private void mount(RuntimeManifest.Mount mount) {
    if (!allowedMounts.contains(mount.name())) {
      add(
          Layer.FIXUPS,
          Action.REFUSE,
          mount.path(),
          "no connected executor allows the mount " + mount.name());
    } else if (!facts.canBeDirectory(WorkspacePath.names(mount.path()))) {
      add(Layer.FIXUPS, Action.REFUSE, mount.path(), "something that is no directory is there");
    } else {
      add(Layer.FIXUPS, Action.WRITE, mount.path(), "mount " + mount.name() + ", read-only");
    }
  }

  private void required(String text) {
    List<FileName> path = WorkspacePath.names(text);
    boolean mounted =
        manifest.mounts().stream()
            .anyMatch(mount -> WorkspacePath.covers(WorkspacePath.names(mount.path()), path));
    if (mounted) {
      add(Layer.FIXUPS, Action.CHECK, text, "required, in a mount");
    } else if (facts.stays(path) || seeded(path)) {
      add(Layer.FIXUPS, Action.KEEP, text, "required, and there");
    } else {
      add(Layer.FIXUPS, Action.REFUSE, text, "required, and missing");
    }
  }

  /** Whether a seed that is written is it, or lies below it. */
  private boolean seeded(List<FileName> path) {
    return outcomes.entrySet().stream()
        .anyMatch(
            seed -> seed.getValue() == Outcome.WRITE && WorkspacePath.covers(path, seed.getKey()));
  }

  private void add(Layer layer, Action action, String path, String detail) {
    entries.add(new Entry(layer, action, path, 0, 0, detail));
  }
}

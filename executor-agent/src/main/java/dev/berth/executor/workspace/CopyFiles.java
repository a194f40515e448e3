package dev.berth.executor.workspace;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.RelativePath;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Pack;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where things are in a copy's directory. Only the roots are ever shown to a sandbox.
 *
 * @param directory the copy's own, on the host's disk
 */
record CopyFiles(Path directory) {
  static final String WORKSPACE = "workspace";

  /** Where files are made before they get their place, and go before they are removed. */
  static final FileName STAGING = FileName.of(".staging");

  static final FileName TRASH = FileName.of(".trash");

  Path image() {
    return directory.resolve("volume.img");
  }

  Path marker() {
    return directory.resolve("marker.json");
  }

  /**
   * Names what stands for {@link #directory} where a container mounts it; most copies have none.
   */
  Path mountedAs() {
    return directory.resolve("mounted-as");
  }

  /** The copy's own file system, or a plain directory. */
  Path top() {
    return directory.resolve("fs");
  }

  Path index(SnapshotId id) {
    return directory.resolve("index-" + id);
  }

  Path manifest(SnapshotId id) {
    return directory.resolve("manifest-" + id);
  }

  Path root(String name) {
    return top().resolve(name);
  }

  /** The roots there are, in the order of their names. */
  List<String> roots() throws IOException {
    List<String> roots = new ArrayList<>();
    try (Directory top = Directory.open(top());
        Directory agent = top.openDirectory(RelativePath.of("agent"))) {
      agent.forEachEntry(entry -> {
        String root = "agent/" + entry.name();
        if (entry.type() == FileType.DIRECTORY
            && ManifestReader.ROOT_NAME.matcher(root).matches()) {
          roots.add(root);
        }
        return true;
      });
    }
    roots.add(WORKSPACE);
    Collections.sort(roots);
    return roots;
  }

  /** The packs that a snapshot names, by its index. */
  Set<PackId> packs(SnapshotId snapshot) throws IOException {
    try (ManifestReader index =
        new ManifestReader(
            index(snapshot),
            snapshot.value(),
            true,
            new ManifestReader.ReadLimits(Long.MAX_VALUE, Integer.MAX_VALUE))) {
      return index.packs().packs().stream().map(Pack::id).collect(Collectors.toUnmodifiableSet());
    }
  }

  /** What syncs and restores left behind, but for the indices of those snapshots. */
  void removeIndicesBut(Set<SnapshotId> kept) throws IOException {
    List<Path> wanted = kept.stream().map(this::index).toList();
    try (DirectoryStream<Path> indices =
        Files.newDirectoryStream(directory, "{index,manifest}-*")) {
      for (Path index : indices) {
        if (!wanted.contains(index)) {
          Files.delete(index);
        }
      }
    }
  }
}

package dev.berth.executor.workspace;

import dev.berth.executor.linux.Directory;
import dev.berth.executor.linux.Errno;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.FileStat;
import dev.berth.executor.linux.FileType;
import dev.berth.executor.linux.OpenFile;
import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.RestoreManifest.Seed;
import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Sha256;
import dev.berth.format.layer.CleanUp;
import dev.berth.format.layer.SeedRule;
import dev.berth.format.layer.SeedRule.Found;
import dev.berth.format.layer.WorkspacePath;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Applies a manifest to a copy, before anything of a sandbox runs on it. No link is ever followed:
 * what a session left in the way stays, or is refused. Repeated, it changes nothing more.
 */
public final class Layers {
  private static final int FETCH_BYTES = 8 << 20;
  private static final int MODE = 0777;

  private final Copy copy;
  private final CopyFiles files;
  private final CopyServices services;
  private final CopyLimits limits;
  private final FileFinish finish;

  Layers(Copy copy, CopyFiles files, CopyServices services, CopyLimits limits) {
    this.copy = copy;
    this.files = files;
    this.services = services;
    this.limits = limits;
    this.finish = new FileFinish(services.owner());
  }

  /**
   * Writes seeds, then makes what mounts are put on, then cleans up. The copy is dirty before
   * anything in it is changed.
   *
   * @return the seeds that were refused; if there are any, nothing was changed
   * @throws WorkspaceException PATH_TYPE where something stands where a mount goes; OBJECT_CORRUPT
   *     or UNAVAILABLE for the contents of seeds
   */
  public List<RelativePath> apply(RestoreManifest manifest, Progress progress) throws IOException {
    return HeavyWork.run(
        services.heavy(),
        "layers " + copy.session(),
        () -> {
          try (Staging staging = new Staging(files, finish)) {
            return apply(manifest, staging, progress);
          }
        });
  }

  private List<RelativePath> apply(RestoreManifest manifest, Staging staging, Progress progress)
      throws IOException {
    List<Seed> write = new ArrayList<>();
    List<RelativePath> refused = new ArrayList<>();
    for (Seed seed : manifest.seeds()) {
      boolean isProtected =
          manifest.protectedPaths().stream()
              .anyMatch(path -> WorkspacePath.covers(path.names(), seed.path().names()));
      Found found = found(staging.workspace(), seed);
      switch (SeedRule.decide(manifest.policy(), found, isProtected)) {
        case WRITE -> write.add(seed);
        case REFUSE -> refused.add(seed.path());
        case KEEP -> {}
      }
    }
    if (refused.isEmpty()) {
      write(manifest, write, staging, progress);
      for (RestoreManifest.Mount mount : manifest.mounts()) {
        makeMountPoint(staging, mount.path());
      }
      cleanUp(manifest, staging);
    }
    return refused;
  }

  private static Found found(Directory workspace, Seed seed) throws IOException {
    try (Directory parent = workspace.openDirectory(seed.path().parent())) {
      FileStat stat = parent.stat(seed.path().name());
      return switch (stat.type()) {
        case DIRECTORY -> Found.IN_THE_WAY;
        case REGULAR -> same(parent, stat, seed) ? Found.SAME : Found.OTHER;
        default -> Found.OTHER;
      };
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return Found.NOTHING;
      }
      if (blocked(e)) {
        return Found.IN_THE_WAY;
      }
      throw e;
    }
  }

  private static boolean blocked(ErrnoException e) {
    return e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP) || e.is(Errno.EXDEV);
  }

  private static boolean same(Directory parent, FileStat stat, Seed seed) throws IOException {
    if (stat.size() != seed.size() || (stat.mode() & MODE) != seed.mode()) {
      return false;
    }
    MessageDigest digest = Sha256.digest();
    byte[] block = new byte[WorkspaceFiles.BLOCK];
    try (OpenFile file = parent.openFile(seed.path().name(), Directory.Access.READ)) {
      long at = 0;
      for (int got = file.read(at, block, 0, block.length); got > 0; ) {
        digest.update(block, 0, got);
        at += got;
        got = file.read(at, block, 0, block.length);
      }
    }
    return Sha256.finish(digest).equals(seed.sha256());
  }

  private void write(RestoreManifest manifest, List<Seed> seeds, Staging staging, Progress progress)
      throws IOException {
    if (!seeds.isEmpty()) {
      copy.markDirty(0);
    }
    long total = seeds.stream().mapToLong(Seed::size).sum();
    long done = 0;
    int written = 0;
    int at = 0;
    while (at < seeds.size()) {
      int end = together(seeds, at);
      byte[] content = fetch(manifest, seeds.subList(at, end));
      for (Seed seed : seeds.subList(at, end)) {
        int offset = (int) (seed.position() - seeds.get(at).position());
        place(staging, seed, content, offset);
        done += seed.size();
        progress.at(++written, seeds.size(), done, total);
      }
      at = end;
    }
  }

  /** Behind the last seed that is fetched with the one at {@code first}. */
  private static int together(List<Seed> seeds, int first) {
    Seed begin = seeds.get(first);
    int end = first + 1;
    while (end < seeds.size()
        && seeds.get(end).object() == begin.object()
        && seeds.get(end).position() + seeds.get(end).size() - begin.position() <= FETCH_BYTES) {
      end++;
    }
    return end;
  }

  private byte[] fetch(RestoreManifest manifest, List<Seed> seeds) throws IOException {
    long begin = seeds.getFirst().position();
    long end = seeds.getLast().position() + seeds.getLast().size();
    byte[] content = new byte[(int) (end - begin)];
    if (content.length > 0) {
      services
          .store()
          .get(
              () -> manifest.objects().get(seeds.getFirst().object()),
              begin,
              content,
              content.length);
    }
    return content;
  }

  private static void place(Staging staging, Seed seed, byte[] content, int offset)
      throws IOException {
    int size = (int) seed.size();
    if (!Sha256.of(content, offset, size).equals(seed.sha256())) {
      throw new WorkspaceException(
          WorkspaceException.Reason.OBJECT_CORRUPT,
          "the stored content of the seed " + text(seed.path()) + " is damaged");
    }
    try (Directory parent = staging.parents(seed.path().parent())) {
      var in = new ByteArrayInputStream(content, offset, size);
      staging.file(parent, seed.path().name(), seed.mode(), Optional.empty(), false, in);
    }
  }

  private void makeMountPoint(Staging staging, RelativePath path) throws IOException {
    try {
      if (staging.workspace().stat(path).type() == FileType.DIRECTORY) {
        return;
      }
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        copy.markDirty(0);
        staging.parents(path).close();
        return;
      }
      if (!blocked(e)) {
        throw e;
      }
    }
    throw new WorkspaceException(
        WorkspaceException.Reason.PATH_TYPE,
        text(path) + " has to be a directory for a mount, and something else is there");
  }

  private void cleanUp(RestoreManifest manifest, Staging staging) throws IOException {
    CleanUp rules =
        new CleanUp(
            manifest.cleanUp(),
            Stream.of(
                    manifest.protectedPaths().stream(),
                    manifest.seeds().stream().map(Seed::path),
                    manifest.mounts().stream().map(RestoreManifest.Mount::path))
                .flatMap(s -> s)
                .map(RelativePath::names)
                .toList());
    if (rules.isNeeded()) {
      new Cleaning(rules, staging).in(staging.workspace(), RelativePath.ROOT, false);
    }
  }

  /** Removes what rules say, from the top down. */
  private final class Cleaning {
    private final CleanUp rules;
    private final Staging staging;

    Cleaning(CleanUp rules, Staging staging) {
      this.rules = rules;
      this.staging = staging;
    }

    void in(Directory directory, RelativePath path, boolean condemned) throws IOException {
      if (path.depth() >= limits.depth()) {
        return;
      }
      List<FileName> names = new ArrayList<>();
      directory.forEachEntry(entry -> names.add(entry.name()));
      for (FileName name : names) {
        entry(directory, path.resolve(name), condemned);
      }
    }

    private void entry(Directory parent, RelativePath path, boolean condemned) throws IOException {
      boolean directory = parent.stat(path.name()).type() == FileType.DIRECTORY;
      switch (rules.verdict(path.names(), directory, condemned)) {
        case KEEP -> {}
        case REMOVE -> {
          copy.markDirty(0);
          staging.removeTree(parent, path.name());
        }
        case ENTER -> {
          boolean goes = condemned || rules.matches(path.names());
          try (Directory below = parent.openDirectory(path.name())) {
            in(below, path, goes);
          }
          if (goes) {
            removeIfEmpty(parent, path.name());
          }
        }
      }
    }

    private void removeIfEmpty(Directory parent, FileName name) throws IOException {
      try {
        parent.removeDirectory(name);
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOTEMPTY)) {
          throw e;
        }
      }
    }
  }

  /**
   * The directory of the host that holds a provider's state, made if missing.
   *
   * @throws WorkspaceException PATH_TYPE where something else is there
   */
  public Path agentDirectory(String provider, RelativePath path) throws IOException {
    Path root = agentRoot(provider);
    try (Staging staging = new Staging(files, finish);
        Directory top = Directory.open(files.top());
        Directory from = top.openDirectory(RelativePath.of("agent/" + provider))) {
      staging.parents(from, path).close();
    } catch (ErrnoException e) {
      throw WorkspaceException.of(e);
    }
    return root.resolve(new String(path.toBytes(), StandardCharsets.UTF_8));
  }

  private Path agentRoot(String provider) throws IOException {
    String root = "agent/" + provider;
    if (!ManifestReader.ROOT_NAME.matcher(root).matches()) {
      throw new IllegalArgumentException("not a provider's key");
    }
    if (!Files.isDirectory(files.root(root))) {
      try (Directory top = Directory.open(files.top())) {
        CopySetup.makeRoot(top, root, services.owner());
      }
    }
    return files.root(root);
  }

  /** Those of the paths that are not there. */
  public List<RelativePath> missing(List<RelativePath> paths) throws IOException {
    try (Directory workspace = Directory.open(copy.workspace())) {
      return missing(workspace, paths);
    }
  }

  /** As {@link #missing(List)}, below a directory of the host. */
  public static List<RelativePath> missing(Directory directory, List<RelativePath> paths)
      throws IOException {
    List<RelativePath> missing = new ArrayList<>();
    for (RelativePath path : paths) {
      try {
        FileStat stat = directory.stat(path);
        assert stat.size() >= 0;
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOENT) && !blocked(e)) {
          throw e;
        }
        missing.add(path);
      }
    }
    return missing;
  }

  /** As manifests write it. */
  public static String text(RelativePath path) {
    return WorkspacePath.text(path.names());
  }
}

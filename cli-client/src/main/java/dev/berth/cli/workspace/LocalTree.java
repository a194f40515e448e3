package dev.berth.cli.workspace;

import dev.berth.cli.CliException;
import dev.berth.cli.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Local files to push, as they were when scanned. Links are pushed as links; what is neither file,
 * directory nor link is left out.
 *
 * @param bytes the sum of the files' sizes
 */
record LocalTree(Path root, List<Path> paths, long bytes) {

  static LocalTree scan(Path local, List<String> excludes) throws IOException {
    if (!Files.exists(local, LinkOption.NOFOLLOW_LINKS)) {
      throw new CliException(
          ExitCode.USAGE, local + " does not exist.", "Give the path of a file or directory.");
    }
    boolean directory = Files.isDirectory(local);
    Path root = directory ? local : Objects.requireNonNull(local.toAbsolutePath().getParent());
    List<PathMatcher> left =
        excludes.stream()
            .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
            .toList();
    var scan = new Scan(root, left);
    Files.walkFileTree(directory ? root : local.toAbsolutePath(), scan);
    return new LocalTree(root, scan.found, scan.bytes);
  }

  void writeTar(OutputStream out) throws IOException {
    try (var tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      for (Path path : paths) {
        write(tar, path);
      }
    }
  }

  private void write(TarArchiveOutputStream tar, Path path) throws IOException {
    var attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    String name = root.relativize(path).toString();
    TarArchiveEntry entry;
    if (attributes.isSymbolicLink()) {
      entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
      entry.setLinkName(Files.readSymbolicLink(path).toString());
    } else {
      entry = new TarArchiveEntry(attributes.isDirectory() ? name + "/" : name);
      entry.setMode(mode(attributes.permissions()));
    }
    entry.setModTime(attributes.lastModifiedTime());
    if (attributes.isRegularFile()) {
      entry.setSize(attributes.size());
    }
    tar.putArchiveEntry(entry);
    if (attributes.isRegularFile()) {
      try (var in = Files.newInputStream(path)) {
        in.transferTo(tar);
      }
    }
    tar.closeArchiveEntry();
  }

  static int mode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if (permissions.contains(all[i])) {
        mode |= 0400 >> i;
      }
    }
    return mode;
  }

  private static final class Scan extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<PathMatcher> excludes;
    private final List<Path> found = new ArrayList<>();
    private long bytes;

    Scan(Path root, List<PathMatcher> excludes) {
      this.root = root;
      this.excludes = excludes;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      if (directory.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      if (excluded(directory)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      found.add(directory);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!attributes.isOther() && !excluded(file)) {
        found.add(file);
        bytes += attributes.isRegularFile() ? attributes.size() : 0;
      }
      return FileVisitResult.CONTINUE;
    }

    private boolean excluded(Path path) {
      Path relative = root.relativize(path);
      return excludes.stream().anyMatch(glob -> glob.matches(relative));
    }
  }
}

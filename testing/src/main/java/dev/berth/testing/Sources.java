package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The text files of this repository, without what builds leave behind. Paths are relative to its
 * root.
 */
public final class Sources {
  private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea", "node_modules");
  private static final Pattern TEXT =
      Pattern.compile(
          ".*\\.(java|proto|sql|sh|xml|md|yaml|properties|json|py)|dev|berth|Dockerfile");

  private final Path root;
  private final List<Path> files;

  private Sources(Path root) throws IOException {
    this.root = root;
    this.files = find(root);
  }

  /**
   * Of the repository the working directory is in: the nearest directory upwards with a Maven
   * wrapper.
   *
   * @throws IllegalStateException where there is none
   */
  public static Sources ofThisRepository() {
    try {
      return new Sources(root());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The root of this repository, absolute. */
  public static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("mvnw"))) {
        return at;
      }
    }
    throw new IllegalStateException("not inside the repository: " + Path.of("").toAbsolutePath());
  }

  /** Those whose relative path matches the regular expression as a whole. */
  public List<Path> files(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return files.stream().filter(file -> compiled.matcher(file.toString()).matches()).toList();
  }

  /** Empty for a file that is not there. */
  public List<String> lines(Path file) {
    try {
      Path path = root.resolve(file);
      return Files.exists(path) ? Files.readAllLines(path) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@code path:line: text} of each line, of the files that match, in which the pattern is found.
   */
  public List<String> linesWith(String files, Pattern pattern) {
    List<String> found = new ArrayList<>();
    for (Path file : files(files)) {
      List<String> lines = lines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (pattern.matcher(lines.get(i)).find()) {
          found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
        }
      }
    }
    return found;
  }

  private static List<Path> find(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return NOT_OURS.contains(String.valueOf(directory.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()
                && TEXT.matcher(String.valueOf(file.getFileName())).matches()) {
              found.add(root.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }
}

package dev.berth.benchmarks;

import dev.berth.testing.stack.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;

/**
 * What one large {@code npm install} leaves: some 27,000 files and 500 MB, most of them tiny, links
 * in {@code .bin}, one library of 140 MB. Made once and kept; what is below the packages named is
 * what the registry then gives.
 */
final class NpmTree {
  private NpmTree() {}

  /** The tree, made below {@code cache} where it is not there yet. */
  static Path make(Path cache) throws IOException {
    Path tree = cache.resolve("npm-tree");
    if (Files.exists(tree)) {
      return tree;
    }
    Path fresh = Files.createDirectories(cache.resolve("npm-tree.part"));
    try (InputStream list = NpmTree.class.getResourceAsStream("npm-tree/package.json")) {
      Files.copy(
          Objects.requireNonNull(list),
          fresh.resolve("package.json"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Shell.Result installed =
        Shell.run(fresh, Map.of(), "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund");
    if (installed.exit() != 0) {
      throw new IOException("npm install: " + installed.output());
    }
    return Files.move(fresh, tree);
  }
}

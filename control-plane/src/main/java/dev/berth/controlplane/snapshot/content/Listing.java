package dev.berth.controlplane.snapshot.content;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A page of what is below a directory, in the order of paths.
 *
 * @param more whether something follows
 */
public record Listing(List<Entry> entries, boolean more) {
  /** Of paths in one page, so that it fits into a message. */
  private static final int MAX_BYTES = 1 << 20;

  /**
   * @param walk stands at the directory
   * @param after only what comes behind it; null from the start
   */
  public static Listing read(TreeWalk walk, boolean recursive, @Nullable TreePath after, int limit)
      throws IOException {
    List<Entry> found = new ArrayList<>();
    int bytes = 0;
    walk.next();
    for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
      Entry entry = next.get();
      boolean passed = after != null && entry.path().compareTo(after) <= 0;
      if (entry.isDirectory()
          && (!recursive || (passed && after != null && !after.startsWith(entry.path())))) {
        walk.skip();
      }
      if (!passed) {
        if (found.size() == limit || bytes > MAX_BYTES) {
          return new Listing(found, true);
        }
        found.add(entry);
        bytes += entry.path().toBytes().length;
      }
    }
    return new Listing(found, false);
  }
}

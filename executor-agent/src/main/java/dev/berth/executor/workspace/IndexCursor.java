package dev.berth.executor.workspace;

import dev.berth.format.FileName;
import dev.berth.format.ManifestReader;
import dev.berth.format.Node;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks an index beside a scan of the same tree: both in the order of names, so that finding an
 * entry costs no memory. Tells whether the two trees have the same entries.
 */
final class IndexCursor {
  private final @Nullable ManifestReader index;
  private @Nullable Node ahead;
  private boolean inside;
  private int suspended;
  private Optional<ManifestReader.Root> root = Optional.empty();
  private boolean different;

  IndexCursor(@Nullable ManifestReader index) throws IOException {
    this.index = index;
    if (index == null) {
      different = true;
    } else {
      root = index.nextRoot();
    }
  }

  /** Whether an entry was on one side only so far. */
  boolean different() {
    return different;
  }

  /**
   * Enters a root; roots come in the order of their names. Empty if the index has none of that
   * name.
   */
  Optional<ManifestReader.Root> enterRoot(String name) throws IOException {
    while (index != null && root.isPresent() && root.get().name().compareTo(name) < 0) {
      different = true;
      index.skipRest();
      root = index.nextRoot();
    }
    Optional<ManifestReader.Root> found = root.filter(r -> r.name().equals(name));
    different |= found.isEmpty();
    inside = found.isPresent();
    advance();
    return found;
  }

  void leaveRoot() throws IOException {
    leaveDirectory();
    if (index != null && inside) {
      root = index.nextRoot();
    }
    inside = false;
  }

  /** After the last root. */
  void end() {
    different |= root.isPresent();
  }

  /**
   * The entry of that name in the current directory, if any. A directory is entered by this: leave
   * it by {@link #leaveDirectory} once done, or at once by {@link #skipDirectory}.
   */
  @Nullable Node find(FileName name) throws IOException {
    if (suspended > 0) {
      return null;
    }
    while (ahead != null && ahead.name().compareTo(name) < 0) {
      different = true;
      drop(ahead);
      advance();
    }
    Node found = ahead;
    if (found == null || !found.name().equals(name)) {
      different = true;
      return null;
    }
    advance();
    return found;
  }

  /** Leaves a directory that {@link #find} entered, without looking at it. */
  void skipDirectory() throws IOException {
    different = true;
    while (ahead != null) {
      drop(ahead);
      advance();
    }
    afterDirectory();
  }

  /** Leaves the current directory; what was not asked for in it no longer exists. */
  void leaveDirectory() throws IOException {
    while (ahead != null) {
      different = true;
      drop(ahead);
      advance();
    }
  }

  /**
   * Until {@link #resume}: what is asked for stands in a directory that the index does not have.
   */
  void suspend() {
    different = true;
    suspended++;
  }

  void resume() {
    suspended--;
  }

  /** Goes on behind a directory that was left. */
  void afterDirectory() throws IOException {
    advance();
  }

  private void drop(Node node) throws IOException {
    if (node instanceof Node.Directory && index != null) {
      index.skipRest();
    }
  }

  private void advance() throws IOException {
    ahead = inside && index != null ? index.next().orElse(null) : null;
  }
}

package dev.berth.controlplane.snapshot.content;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compares two trees, each gone through once. For one thread. */
public final class TreeDiff {

  /** What differs at one path; one of the two is null where there is nothing. */
  public record Change(@Nullable Entry before, @Nullable Entry after) {}

  private final TreeWalk before;
  private final TreeWalk after;
  private @Nullable Entry old;
  private @Nullable Entry now;

  /** Both stand where they were told to {@link TreeWalk#find}, or are at their end. */
  public TreeDiff(TreeWalk before, TreeWalk after) throws IOException {
    this.before = before;
    this.after = after;
    this.old = before.next().orElse(null);
    this.now = after.next().orElse(null);
  }

  /** The next difference in the order of paths; empty at the end. */
  public Optional<Change> next() throws IOException {
    while (old != null || now != null) {
      Entry was = old;
      Entry is = now;
      int order = was == null ? 1 : is == null ? -1 : was.path().compareTo(is.path());
      if (order <= 0) {
        old = before.next().orElse(null);
      }
      if (order >= 0) {
        now = after.next().orElse(null);
      }
      if (order != 0) {
        return Optional.of(order < 0 ? new Change(was, null) : new Change(null, is));
      }
      if (was != null && is != null && !was.sameAs(is)) {
        return Optional.of(new Change(was, is));
      }
    }
    return Optional.empty();
  }
}

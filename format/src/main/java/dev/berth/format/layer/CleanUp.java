package dev.berth.format.layer;

import dev.berth.format.FileName;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What clean-up removes: what a rule matches, with all that is in it, but for what is kept and the
 * directories that lead there.
 */
public final class CleanUp {
  /** What becomes of an entry. */
  public enum Verdict {
    KEEP,
    /** All of it. */
    REMOVE,
    /** A directory to look into: some of what it holds may go. */
    ENTER
  }

  private final List<PathGlob> rules;
  private final Set<List<FileName>> kept;
  private final Set<List<FileName>> leading = new HashSet<>();

  /**
   * @param kept paths that stay, with all below them
   */
  public CleanUp(List<PathGlob> rules, Collection<List<FileName>> kept) {
    this.rules = List.copyOf(rules);
    this.kept = Set.copyOf(kept);
    for (List<FileName> path : kept) {
      for (int depth = 1; depth < path.size(); depth++) {
        leading.add(path.subList(0, depth));
      }
    }
  }

  public boolean isNeeded() {
    return !rules.isEmpty();
  }

  /**
   * Asked from the top down; below an entry with another verdict than ENTER nothing is asked.
   *
   * @param condemned whether a directory above was matched
   */
  public Verdict verdict(List<FileName> path, boolean directory, boolean condemned) {
    if (kept.contains(path)) {
      return Verdict.KEEP;
    }
    boolean goes = condemned || matches(path);
    if (goes) {
      return directory && leading.contains(path) ? Verdict.ENTER : Verdict.REMOVE;
    }
    return directory && rules.stream().anyMatch(rule -> rule.reachesBelow(path))
        ? Verdict.ENTER
        : Verdict.KEEP;
  }

  public boolean matches(List<FileName> path) {
    return rules.stream().anyMatch(rule -> rule.matches(path));
  }
}

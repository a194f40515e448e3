package dev.berth.format.layer;

/** What happens to a seed, by what stands at its path. */
public final class SeedRule {
  private SeedRule() {}

  /** How seeds and what the session has get along. */
  public enum Policy {
    KEEP_SESSION,
    PREFER_MANIFEST,
    FAIL
  }

  /** What stands at a seed's path. */
  public enum Found {
    NOTHING,
    /** A regular file with the seed's content and permissions. */
    SAME,
    /** Another file, or a link. */
    OTHER,
    /** A directory; or, where a directory of the path should be, something else. */
    IN_THE_WAY
  }

  public enum Outcome {
    WRITE,
    KEEP,
    REFUSE
  }

  /**
   * @param isProtected whether the path is protected by the manifest
   */
  public static Outcome decide(Policy policy, Found found, boolean isProtected) {
    if (found == Found.NOTHING) {
      return Outcome.WRITE;
    }
    if (found == Found.SAME || isProtected) {
      return Outcome.KEEP;
    }
    return switch (policy) {
      case KEEP_SESSION -> Outcome.KEEP;
      case PREFER_MANIFEST -> found == Found.OTHER ? Outcome.WRITE : Outcome.REFUSE;
      case FAIL -> Outcome.REFUSE;
    };
  }
}

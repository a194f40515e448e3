package dev.berth.controlplane.seed;

import dev.berth.common.Id.SeedSetId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;

/** How calls about seed sets are refused. */
public final class SeedSetErrors {
  private SeedSetErrors() {}

  public static BerthException notFound(Object nameOrId) {
    return CommonErrors.notFound("seed set", nameOrId);
  }

  static BerthException nameTaken(String name, SeedSetId by) {
    return CommonErrors.nameTaken("seed set", name, by);
  }

  static BerthException inUse(SeedSet set, int sessions) {
    return BerthException.of(
            ErrorReason.SEED_SET_IN_USE,
            "the manifests of %d sessions name the seed set %s".formatted(sessions, set.name()))
        .with("sessions", sessions)
        .with("id", set.id());
  }

  public static BerthException limit(String what) {
    return BerthException.of(
        ErrorReason.SEED_SET_LIMIT,
        what + "; seeds have at most 1,000 files of at most 4 MiB each, 64 MiB together");
  }

  static BerthException pathNotFound(String path) {
    return BerthException.of(ErrorReason.PATH_NOT_FOUND, "the snapshot has no " + path)
        .with("path", path);
  }
}

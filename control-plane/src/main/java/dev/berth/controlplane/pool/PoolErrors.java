package dev.berth.controlplane.pool;

import dev.berth.common.Id.PoolId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;

/** How calls about pools are refused. */
final class PoolErrors {
  private PoolErrors() {}

  static BerthException notFound(String idOrName) {
    return CommonErrors.notFound("pool", idOrName);
  }

  static BerthException nameTaken(String name, PoolId by) {
    return CommonErrors.nameTaken("pool", name, by);
  }

  static BerthException etagStale(Pool pool) {
    return CommonErrors.etagStale("pool", pool.id());
  }
}

/**
 * Warm pools: containers made and started ahead, and the rows that order them. Sessions claim them
 * through {@link dev.berth.controlplane.pool.PoolClaims} when their worker is placed.
 */
@NullMarked
package dev.berth.controlplane.pool;

import org.jspecify.annotations.NullMarked;

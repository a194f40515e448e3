package dev.berth.controlplane.pool;

import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;

/**
 * A pool's row; {@code version} is the etag.
 *
 * @param hits sessions made ready with one of its containers; {@code misses} would have fitted
 */
public record Pool(
    PoolId id,
    ProjectId projectId,
    String name,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    PoolChange wanted,
    String fitKey,
    long hits,
    long misses) {}

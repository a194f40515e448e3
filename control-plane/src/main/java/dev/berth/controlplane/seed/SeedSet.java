package dev.berth.controlplane.seed;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SeedSetId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files to put in place, their contents one behind the other in one object.
 *
 * @param name null for a set that was made for a manifest and goes with it
 * @param objectKey of the object; there is none where {@code sizeBytes} is 0
 * @param files ascending by path; empty where they were not asked for
 */
public record SeedSet(
    SeedSetId id,
    ProjectId projectId,
    @Nullable String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    String objectKey,
    long sizeBytes,
    int fileCount,
    List<SeedFile> files) {

  /** Files of all seeds of a manifest together, and of one set. */
  public static final int MAX_FILES = 1000;

  public static final int MAX_FILE_BYTES = 4 << 20;
  public static final long MAX_BYTES = 64L << 20;
}

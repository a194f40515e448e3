package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable, complete, verified state of a session's files in the object store.
 *
 * @param parent the snapshot it was made from; null for none
 * @param run the newest run of the session that had started by then; null for none
 * @param runSeq how far its events had come; 0 for none
 * @param storedBytes what it added to the store
 * @param changedDuringSync files that were written while they were read
 * @param version the etag; rises when labels or pinned are changed
 * @param head whether it is its session's head now
 */
public record Snapshot(
    SnapshotId id,
    ProjectId project,
    SessionId session,
    Map<String, String> labels,
    Instant createTime,
    Actor createdBy,
    SnapshotKind kind,
    @Nullable SnapshotId parent,
    String reason,
    @Nullable RunId run,
    long runSeq,
    long workerGeneration,
    long fileCount,
    long logicalBytes,
    long storedBytes,
    List<String> changedDuringSync,
    boolean pinned,
    long version,
    Instant updateTime,
    boolean head) {}

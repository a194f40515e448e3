package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a copy is now.
 *
 * @param present false where there is none on this disk
 * @param diskBytes what it takes of it
 * @param instance another one than before tells that the copy before is gone; may be empty
 * @param order the number of the order this answers; 0 for none
 * @param failure why that order failed; null where it did not
 */
public record CopyReport(
    SessionId session,
    long generation,
    Optional<SnapshotId> base,
    boolean present,
    long diskBytes,
    String instance,
    long order,
    @Nullable Failure failure) {}

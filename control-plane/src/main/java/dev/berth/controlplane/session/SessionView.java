package dev.berth.controlplane.session;

import dev.berth.common.Id.WorkerId;
import org.jspecify.annotations.Nullable;

/**
 * A session as users see it: its row, and what its copies and worker say of it.
 *
 * @param unsavedWork whether a disk may hold what no snapshot has
 * @param syncFailures syncs failed in a row
 * @param syncError what the last failure was; empty after a success
 * @param workerId the live worker
 */
public record SessionView(
    Session session,
    boolean unsavedWork,
    int syncFailures,
    String syncError,
    @Nullable WorkerId workerId) {}

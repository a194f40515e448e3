package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.SessionId;

/** Why a snapshot cannot be removed. */
record SnapshotUse(Kind kind, SessionId session) {
  enum Kind {
    PINNED,
    HEAD,
    WORKER,
    COPY
  }
}

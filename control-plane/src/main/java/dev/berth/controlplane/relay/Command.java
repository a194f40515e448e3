package dev.berth.controlplane.relay;

import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;

/**
 * The instruction to an executor to open a relay.
 *
 * @param writes whether it may change files
 * @param payload the serialised {@code FileOperation}
 * @param replica whose client waits
 */
record Command(
    CommandId id,
    ExecutorId executor,
    SessionId session,
    WorkerId worker,
    boolean writes,
    byte[] payload,
    ReplicaId replica) {}

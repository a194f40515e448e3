package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import org.jspecify.annotations.Nullable;

/**
 * What this executor keeps on its own disk of one worker, out of the sandbox's sight: the only
 * place that says whom a container serves.
 *
 * @param containerName chosen before the container is made, so that one made just before a kill is
 *     found again
 * @param containerId empty until it is made
 * @param imageDigest empty until the image is found
 * @param failure why it is FAILED or LOST
 * @param unsaved whether the copy held what its base does not when the worker became READY
 * @param trace what its calls carry; null in records of older agents
 */
public record WorkerRecord(
    String worker,
    String session,
    long generation,
    WorkerState state,
    String image,
    WorkerLimits limits,
    String containerName,
    String containerId,
    String imageDigest,
    @Nullable Failure failure,
    boolean unsaved,
    @Nullable String trace) {

  static WorkerRecord of(Order.Ensure order, String containerName, String containerId) {
    return new WorkerRecord(
        order.worker().toString(),
        order.session().toString(),
        order.generation(),
        WorkerState.PREPARING,
        order.image(),
        order.limits(),
        containerName,
        containerId,
        "",
        null,
        false,
        order.trace());
  }

  Box box() {
    return new Box(image, limits, containerName, containerId);
  }

  WorkerId workerId() {
    return WorkerId.parse(worker);
  }

  SessionId sessionId() {
    return SessionId.parse(session);
  }

  WorkerRecord in(WorkerState next, @Nullable Failure why) {
    return new WorkerRecord(
        worker,
        session,
        generation,
        next,
        image,
        limits,
        containerName,
        containerId,
        imageDigest,
        why,
        unsaved,
        trace);
  }

  WorkerRecord ready(boolean withUnsaved) {
    return new WorkerRecord(
        worker,
        session,
        generation,
        WorkerState.READY,
        image,
        limits,
        containerName,
        containerId,
        imageDigest,
        null,
        withUnsaved,
        trace);
  }

  WorkerRecord withContainer(String id, String digest) {
    return new WorkerRecord(
        worker,
        session,
        generation,
        state,
        image,
        limits,
        containerName,
        id,
        digest,
        failure,
        unsaved,
        trace);
  }

  WorkerReport report(String phase, long done, long total) {
    return new WorkerReport(
        workerId(),
        sessionId(),
        generation,
        state,
        phase,
        done,
        total,
        containerId,
        imageDigest,
        failure,
        unsaved);
  }
}

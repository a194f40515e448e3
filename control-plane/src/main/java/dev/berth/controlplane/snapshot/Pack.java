package dev.berth.controlplane.snapshot;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import java.time.Instant;

/**
 * An object of the store that holds contents of a session's files, or a manifest.
 *
 * @param sha256 of the whole object, lower-case hexadecimal
 * @param size of the object in bytes
 */
record Pack(
    PackId id,
    ProjectId project,
    SessionId session,
    String objectKey,
    String sha256,
    long size,
    PackState state,
    Instant createTime) {

  /** Never used again for another object: it names the pack and its content. */
  static String objectKey(ProjectId project, SessionId session, PackId pack, String sha256) {
    return project + "/" + session + "/" + pack + "-" + sha256;
  }
}

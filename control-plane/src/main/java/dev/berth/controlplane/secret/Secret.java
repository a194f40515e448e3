package dev.berth.controlplane.secret;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A secret, as its row has it: without its value.
 *
 * @param version of its newest value
 * @param keyId by which that is encrypted
 */
record Secret(UUID id, Name name, long version, Times times, Actor updatedBy, String keyId) {

  /**
   * What it is called, and by whom.
   *
   * @param session null: it is the project's
   */
  record Name(ProjectId project, @Nullable SessionId session, String text) {}

  record Times(Instant create, Instant update) {}
}

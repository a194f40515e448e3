package dev.berth.controlplane.run;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which runs a list is narrowed to; no session, states or prefix mean any. Its text is the same on
 * every replica, so that page tokens are.
 */
record RunFilter(
    ProjectId projectId,
    @Nullable SessionId sessionId,
    Set<RunState> states,
    @Nullable RunIdPrefix prefix) {

  RunFilter {
    states = Collections.unmodifiableSortedSet(new TreeSet<>(states));
  }
}

package dev.berth.controlplane.run;

import dev.berth.common.Id.ConversationId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.QueueId;
import dev.berth.common.Id.SessionId;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which runs are meant; what is null or empty does not narrow. Its text is the same on every
 * replica, so that page tokens are.
 *
 * @param deadLetters only runs that used up their attempts and were not redriven
 */
record RunFilter(
    ProjectId projectId,
    @Nullable SessionId sessionId,
    @Nullable QueueId queueId,
    @Nullable ConversationId conversationId,
    Set<RunState> states,
    Map<String, String> labels,
    @Nullable RunIdPrefix prefix,
    boolean deadLetters) {

  RunFilter {
    states = Collections.unmodifiableSortedSet(new TreeSet<>(states));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}

package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which sessions a list shows. Empty fields do not narrow, but that DELETED ones need to be named
 * or {@code showDeleted}. Its text is the same on every replica, so that page tokens are.
 *
 * @param idPrefix how the id starts as text, from {@code ses_} on
 */
public record SessionFilter(
    ProjectId projectId,
    Set<SessionState> states,
    Map<String, String> labels,
    String name,
    boolean showDeleted,
    String idPrefix) {

  public SessionFilter {
    states = Collections.unmodifiableSortedSet(new TreeSet<>(states));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}

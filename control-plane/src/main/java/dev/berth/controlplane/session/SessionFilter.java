package dev.berth.controlplane.session;

import dev.berth.common.Id.ProjectId;
import java.util.Map;
import java.util.Set;

/**
 * Which sessions a list shows. Empty fields do not narrow, but that DELETED ones need to be named
 * or {@code showDeleted}.
 *
 * @param idPrefix how the id starts as text, from {@code ses_} on
 */
public record SessionFilter(
    ProjectId projectId,
    Set<SessionState> states,
    Map<String, String> labels,
    String name,
    boolean showDeleted,
    String idPrefix) {}

package dev.berth.controlplane.project;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.Map;

/**
 * The namespace of everything else, and the unit of access.
 *
 * @param name unique in the installation
 * @param version rises with each update
 */
public record Project(
    ProjectId id,
    String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy) {}

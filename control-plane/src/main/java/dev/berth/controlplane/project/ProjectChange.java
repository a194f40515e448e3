package dev.berth.controlplane.project;

import java.util.Map;

/** What a project's changeable fields shall be, all of them. */
record ProjectChange(Map<String, String> labels, Project.Settings settings) {
  ProjectChange with(Project.Settings other) {
    return new ProjectChange(labels, other);
  }
}

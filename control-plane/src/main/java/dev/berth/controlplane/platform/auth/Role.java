package dev.berth.controlplane.platform.auth;

import java.util.EnumSet;
import java.util.Set;

/** What a principal may do. The first three are roles of API keys and hold those before them. */
public enum Role {
  VIEWER(Permission.VIEW),
  EDITOR(Permission.VIEW, Permission.EDIT),
  ADMIN(Permission.VIEW, Permission.EDIT, Permission.ADMINISTER),
  EXECUTOR(Permission.EXECUTOR),
  ENROLMENT(Permission.ENROL),
  REPLICA(Permission.REPLICA);

  private final Set<Permission> permissions;

  Role(Permission first, Permission... more) {
    this.permissions = EnumSet.of(first, more);
  }

  public boolean may(Permission permission) {
    return permissions.contains(permission);
  }
}

package dev.berth.controlplane.platform.auth;

/**
 * What an RPC asks of its caller; the names of {@code berth.v1.Permission} without their prefix.
 */
public enum Permission {
  VIEW,
  EDIT,
  ADMINISTER,
  EXECUTOR,
  ENROL,
  REPLICA
}

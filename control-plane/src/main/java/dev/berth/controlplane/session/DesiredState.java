package dev.berth.controlplane.session;

/**
 * What is wished of a session. DELETED is final: no wish follows it. The constants' names are those
 * of the database.
 */
public enum DesiredState {
  ACTIVE,
  STOPPED,
  DELETED
}

package dev.berth.controlplane.platform.auth;

import org.jspecify.annotations.Nullable;

/**
 * Who did something, as rows and events keep it.
 *
 * @param id of the key, executor or run; the name of the rule for SYSTEM
 * @param onBehalfOf what the client says; never used for access
 */
public record Actor(Kind kind, String id, @Nullable String onBehalfOf) {

  /** The values of the {@code *_by_kind} columns. */
  public enum Kind {
    KEY,
    EXECUTOR,
    SYSTEM,
    RUN
  }

  /** The actor in three columns of a row. */
  public static Actor of(String kind, String id, @Nullable String onBehalfOf) {
    return new Actor(Kind.valueOf(kind), id, onBehalfOf);
  }

  /** Berth itself, by the name of a reconciler or rule. */
  public static Actor system(String name) {
    return new Actor(Kind.SYSTEM, name, null);
  }
}

package dev.berth.controlplane.platform.errors;

import java.time.Duration;

/** Refusals that more than one feature gives. */
public final class CommonErrors {

  private CommonErrors() {}

  public static BerthException fieldInvalid(String field, String description) {
    return BerthException.of(ErrorReason.FIELD_INVALID, field + ": " + description)
        .violation(field, description);
  }

  /** The same answer for an id that is not there and for one of another project. */
  public static BerthException notFound(String resource, Object id) {
    return BerthException.of(ErrorReason.RESOURCE_NOT_FOUND, "no " + resource + " " + id)
        .with("resource", resource)
        .with("id", id);
  }

  public static BerthException nameTaken(String resource, String name, Object id) {
    return BerthException.of(
            ErrorReason.NAME_TAKEN, "the name " + name + " is taken by " + resource + " " + id)
        .with("resource", resource)
        .with("id", id);
  }

  public static BerthException etagStale(String resource, Object id) {
    return BerthException.of(
            ErrorReason.ETAG_STALE, resource + " " + id + " was changed by someone else meanwhile")
        .with("resource", resource)
        .with("id", id);
  }

  public static BerthException pageTokenInvalid() {
    String description = "is no page token of this call with these filters";
    return BerthException.of(ErrorReason.PAGE_TOKEN_INVALID, "page_token " + description)
        .violation("page_token", description);
  }

  public static BerthException databaseUnavailable() {
    return BerthException.of(ErrorReason.DATABASE_UNAVAILABLE, "the database does not answer")
        .retryAfter(Duration.ofSeconds(1));
  }

  public static BerthException storeUnavailable() {
    return BerthException.of(ErrorReason.STORE_UNAVAILABLE, "the object store does not answer")
        .retryAfter(Duration.ofSeconds(2));
  }

  public static BerthException draining() {
    return BerthException.of(ErrorReason.DRAINING, "this control plane is shutting down")
        .retryAfter(Duration.ofSeconds(1));
  }
}

package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.errors.CommonErrors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads fields of requests; what does not parse is INVALID_ARGUMENT with the field named. */
public final class Fields {

  private Fields() {}

  /** {@code Fields.id("session_id", request.getSessionId(), SessionId::parse)}. */
  public static <T> T id(String field, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw CommonErrors.fieldInvalid(field, text.isEmpty() ? "is missing" : "is no such id");
    }
  }

  /** The number of rows of a page: 0 means 50. */
  public static int pageSize(int requested) {
    if (requested < 0 || requested > 1000) {
      throw CommonErrors.fieldInvalid("page_size", "must be between 0 and 1000");
    }
    return requested == 0 ? 50 : requested;
  }

  /** Refuses what no column of text can hold. */
  public static void requireNoNul(String field, String text) {
    if (text.indexOf('\0') >= 0) {
      throw CommonErrors.fieldInvalid(field, "holds a NUL character");
    }
  }

  /** An etag as resources carry it. */
  public static String etag(long version) {
    return Long.toString(version);
  }

  /** The version an etag names, null for no etag; a malformed one is INVALID_ARGUMENT. */
  public static @Nullable Long version(String etag) {
    try {
      return etag.isEmpty() ? null : Long.valueOf(etag);
    } catch (NumberFormatException e) {
      throw CommonErrors.fieldInvalid("etag", "is none of ours");
    }
  }
}

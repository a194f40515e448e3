package dev.berth.controlplane.platform.errors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that the caller is told about. Everything in it is meant for the caller's eyes.
 * Features make theirs in one {@code <Feature>Errors} class, by {@link #of} and the methods that
 * add to it.
 *
 * <p>It carries no stack trace: it is an answer, not a defect.
 */
public final class BerthException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** One field of the request, by its path as in the proto, and what is wrong with it. */
  public record Violation(String field, String description) {}

  private final ErrorReason reason;
  private final transient List<Violation> violations;
  private final transient Map<String, String> metadata;
  private final transient @Nullable Duration retryAfter;

  private BerthException(
      ErrorReason reason,
      String message,
      List<Violation> violations,
      Map<String, String> metadata,
      @Nullable Duration retryAfter) {
    super(message, null, false, false);
    this.reason = reason;
    this.violations = violations;
    this.metadata = metadata;
    this.retryAfter = retryAfter;
  }

  /** {@code message} is one sentence for a person; programs go by the reason and the metadata. */
  public static BerthException of(ErrorReason reason, String message) {
    return new BerthException(reason, message, List.of(), Map.of(), null);
  }

  public BerthException with(String key, Object value) {
    Map<String, String> more = new LinkedHashMap<>(metadata);
    more.put(key, value.toString());
    return new BerthException(reason, message(), violations, Map.copyOf(more), retryAfter);
  }

  public BerthException violation(String field, String description) {
    List<Violation> more = new ArrayList<>(violations);
    more.add(new Violation(field, description));
    return new BerthException(reason, message(), List.copyOf(more), metadata, retryAfter);
  }

  /** The same of a part of the request: {@code path} leads to it, such as {@code runs[17].}. */
  public BerthException within(String path) {
    return new BerthException(
        reason,
        violations.isEmpty() ? message() : path + message(),
        violations.stream().map(v -> new Violation(path + v.field(), v.description())).toList(),
        metadata,
        retryAfter);
  }

  /** Says that a retry helps, and how long to wait at least. */
  public BerthException retryAfter(Duration delay) {
    return new BerthException(reason, message(), violations, metadata, delay);
  }

  public ErrorReason reason() {
    return reason;
  }

  public String message() {
    return String.valueOf(getMessage());
  }

  public List<Violation> violations() {
    return violations;
  }

  public Map<String, String> metadata() {
    return metadata;
  }

  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}

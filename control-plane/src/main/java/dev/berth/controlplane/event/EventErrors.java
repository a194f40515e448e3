package dev.berth.controlplane.event;

import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.time.Duration;

/** Refusals of the feed. */
final class EventErrors {
  private EventErrors() {}

  static BerthException cursorInvalid() {
    return CommonErrors.fieldInvalid("after_cursor", "is no cursor of this feed");
  }

  static BerthException cursorAhead() {
    return BerthException.of(
        ErrorReason.CURSOR_OUT_OF_RANGE, "the cursor is ahead of the newest event");
  }

  static BerthException tooSlow(EventCursor next) {
    return BerthException.of(
            ErrorReason.WATCH_TOO_SLOW, "the watcher reads too slowly; resume from its cursor")
        .with("next_cursor", next)
        .retryAfter(Duration.ofMillis(100));
  }
}

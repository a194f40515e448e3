package dev.berth.controlplane.run;

import dev.berth.common.Id.ArtifactId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event of a run before it is numbered.
 *
 * @param payload at most 64 KiB once it is recorded; what is larger, {@link LargePayloads} keeps
 * @param kept the artifact that holds the payload; then {@code payload} is the reference to it
 */
record NewEvent(Instant time, String type, byte[] payload, @Nullable ArtifactId kept) {
  static final int MAX_PAYLOAD = 64 << 10;

  NewEvent(Instant time, String type, byte[] payload) {
    this(time, type, payload, null);
  }

  boolean isTooLarge() {
    return payload.length > MAX_PAYLOAD;
  }
}

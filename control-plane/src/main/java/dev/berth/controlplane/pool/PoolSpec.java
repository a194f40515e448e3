package dev.berth.controlplane.pool;

import dev.berth.controlplane.session.SessionSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** What of a session's spec a pool's containers are made with, and where. */
public record PoolSpec(
    String image,
    SessionSpec.Limits limits,
    Map<String, String> placementLabels,
    Map<String, String> requiredHardening) {

  static PoolSpec of(SessionSpec spec) {
    return new PoolSpec(
        spec.image(), spec.limits(), spec.placementLabels(), spec.requiredHardening());
  }

  /**
   * The hash of what cannot change after a container's create. Users, mounts and the low-level
   * runtime are the same for all; whether the image's name still means the same image is for the
   * executor to see.
   */
  String fitKey() {
    String all =
        String.join(
            "\0",
            image,
            Integer.toString(limits.cpuMillis()),
            Long.toString(limits.memoryBytes()),
            Long.toString(limits.diskBytes()),
            Integer.toString(limits.pids()),
            limits.network());
    try {
      byte[] bytes = all.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

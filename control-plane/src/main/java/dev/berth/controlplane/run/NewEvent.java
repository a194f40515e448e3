package dev.berth.controlplane.run;

import java.time.Instant;

/** An event of a run before it is numbered; {@code payload} is at most 64 KiB. */
public record NewEvent(Instant time, String type, byte[] payload) {}

package dev.berth.controlplane.snapshot;

import java.util.Map;

/** What of a snapshot users may change. */
record SnapshotChange(Map<String, String> labels, boolean pinned) {}

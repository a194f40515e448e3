package dev.berth.controlplane.queue;

import java.util.Map;

/** What users say of a queue. */
record QueueChange(Map<String, String> labels, QueueSpec spec) {}

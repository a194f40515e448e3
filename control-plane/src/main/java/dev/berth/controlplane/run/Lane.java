package dev.berth.controlplane.run;

import dev.berth.common.Id.QueueId;

/** Runs without a session that go one behind the other: of one queue, provider and priority. */
record Lane(QueueId queue, String provider, int priority) {}

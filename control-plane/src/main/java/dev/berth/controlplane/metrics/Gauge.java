package dev.berth.controlplane.metrics;

import java.util.List;
import java.util.Map;

/** A measure as it is now, in the words of the Prometheus text format. */
record Gauge(String name, String help, List<Sample> samples) {

  record Sample(Map<String, String> labels, long value) {}
}

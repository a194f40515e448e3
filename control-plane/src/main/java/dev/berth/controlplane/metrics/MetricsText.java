package dev.berth.controlplane.metrics;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The Prometheus text format, version 0.0.4. */
final class MetricsText {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private MetricsText() {}

  static String of(List<Gauge> gauges) {
    StringBuilder text = new StringBuilder();
    for (Gauge gauge : gauges) {
      text.append("# HELP ").append(gauge.name()).append(' ').append(gauge.help()).append('\n');
      text.append("# TYPE ").append(gauge.name()).append(" gauge\n");
      for (Gauge.Sample sample : gauge.samples()) {
        text.append(gauge.name()).append(labels(sample.labels())).append(' ');
        text.append(sample.value()).append('\n');
      }
    }
    return text.toString();
  }

  private static String labels(Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + '"')
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}

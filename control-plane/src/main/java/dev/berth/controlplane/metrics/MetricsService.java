package dev.berth.controlplane.metrics;

import dev.berth.controlplane.metrics.MetricsRepository.Unsaved;
import dev.berth.controlplane.run.RunState;
import dev.berth.controlplane.session.SessionState;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Measures the installation. Every replica answers the same, for all read the same rows. */
@Singleton
final class MetricsService {
  private static final List<String> SESSIONS =
      Stream.of(SessionState.values())
          .filter(state -> state != SessionState.DELETED)
          .map(Enum::name)
          .toList();
  private static final List<String> RUNS =
      Stream.of(RunState.QUEUED, RunState.STARTING, RunState.RUNNING, RunState.WAITING)
          .map(Enum::name)
          .toList();

  private final MetricsRepository metrics;

  MetricsService(MetricsRepository metrics) {
    this.metrics = metrics;
  }

  List<Gauge> read() {
    List<Unsaved> unsaved = metrics.unsaved();
    return List.of(
        new Gauge(
            "berth_bytes_at_risk",
            "Bytes of copies that may hold what no snapshot has, as their executors last said.",
            of(unsaved, Unsaved::bytes)),
        new Gauge(
            "berth_unsaved_copies",
            "Copies that may hold what no snapshot has.",
            of(unsaved, Unsaved::copies)),
        new Gauge(
            "berth_sync_failures",
            "Syncs of those copies that failed in a row.",
            of(unsaved, Unsaved::failures)),
        new Gauge("berth_sessions", "Sessions that are not deleted.", metrics.sessions(SESSIONS)),
        new Gauge("berth_runs", "Runs that wait or are under way.", metrics.runs(RUNS)),
        new Gauge(
            "berth_artifact_bytes",
            "Bytes of artifacts in the object store.",
            metrics.artifactBytes()),
        new Gauge(
            "berth_executors",
            "Executors, by what operators wish of them and by their link.",
            metrics.executors()));
  }

  private static List<Gauge.Sample> of(List<Unsaved> projects, ToLongFunction<Unsaved> value) {
    return projects.stream()
        .map(project ->
            new Gauge.Sample(Map.of("project", project.project()), value.applyAsLong(project)))
        .toList();
  }
}

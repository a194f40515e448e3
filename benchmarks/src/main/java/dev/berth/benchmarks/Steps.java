package dev.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * What the executor agent's processor time went into, step by step: samples of its flight
 * recording, each counted to the step whose code stands innermost.
 */
final class Steps {
  /** What the agent has to be started with. */
  static String javaOption(Path recording) {
    return "-XX:StartFlightRecording=filename="
        + recording
        + ",jdk.CPUTimeSample#enabled=true,"
        + "jdk.CPUTimeSample#throttle="
        + SAMPLE_MILLIS
        + "ms,jdk.ExecutionSample#enabled=false,"
        + "jdk.NativeMethodSample#enabled=false";
  }

  private static final int SAMPLE_MILLIS = 5;

  /** A part of the names of classes, and the step it is; the more special first. */
  private record Code(String part, String step) {}

  private static final List<Code> CODE =
      List.of(
          new Code("Sha256", "hash"),
          new Code("ZstdCompressCtx", "compress"),
          new Code("ZstdDecompressCtx", "decompress"),
          new Code("ManifestWriter", "write manifest and index"),
          new Code("ManifestReader", "read manifest and index"),
          new Code("ObjectStoreClient", "transfer"),
          new Code("PackUploads", "transfer"),
          new Code("jdk.internal.net.http", "transfer"),
          new Code("ContentReader", "open and read files"),
          new Code("KnownContent", "find what is stored already"),
          new Code("PackWriter", "put into frames and packs"),
          new Code("PieceWriter", "make and write files"),
          new Code("RestorePlan", "plan; make directories and links"),
          new Code("RestoreJob", "finish directories"),
          new Code("TreeScan", "scan"),
          new Code("SyncJob", "write back, before it looks"),
          new Code("docker", "container"));

  private record Window(String name, Instant from, Instant to) {}

  private final List<Window> windows = new ArrayList<>();

  /** Does it, and remembers when that was. */
  <T> T during(String name, Callable<T> work) throws Exception {
    Instant from = java.time.Clock.systemUTC().instant();
    T result = work.call();
    windows.add(new Window(name, from, java.time.Clock.systemUTC().instant()));
    return result;
  }

  /**
   * Adds a measure for each step of each window, in ms of processor time for one time it was done.
   */
  void into(Times times, Path recording) throws IOException {
    Map<String, Map<String, Integer>> samples = new TreeMap<>();
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getEventType().getName().equals("jdk.CPUTimeSample")) {
          window(event.getStartTime())
              .ifPresent(window ->
                  samples
                      .computeIfAbsent(window.name(), any -> new TreeMap<>())
                      .merge(step(event), 1, Integer::sum));
        }
      }
    }
    samples.forEach((window, steps) -> {
      long done = windows.stream().filter(each -> each.name().equals(window)).count();
      steps.forEach((step, count) ->
          times.add(window + ", agent: " + step, "ms", (double) count * SAMPLE_MILLIS / done));
    });
  }

  private Optional<Window> window(Instant at) {
    return windows.stream()
        .filter(window -> !at.isBefore(window.from()) && at.isBefore(window.to()))
        .findFirst();
  }

  private static String step(RecordedEvent sample) {
    if (sample.getStackTrace() == null) {
      return "the JVM's own";
    }
    for (RecordedFrame frame : sample.getStackTrace().getFrames()) {
      String type = frame.getMethod().getType().getName();
      for (Code code : CODE) {
        if (type.contains(code.part())) {
          return code.step();
        }
      }
    }
    return "the rest";
  }
}

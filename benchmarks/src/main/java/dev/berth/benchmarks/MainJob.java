package dev.berth.benchmarks;

import com.google.protobuf.Duration;
import dev.berth.testing.Sources;
import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Shell;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.DeleteSessionRequest;
import dev.berth.v1.Run;
import dev.berth.v1.SessionSpec;
import dev.berth.v1.StopSessionRequest;
import dev.berth.v1.SyncWorkspaceRequest;
import dev.berth.v1.WatchRunRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The demo's job on the demo's tree, step by step, and the memory of each process after it. */
final class MainJob implements Benchmark {
  private static final String RUN_LIST = "berth run list, whole process";
  private static final Duration WAIT = Duration.newBuilder().setSeconds(60).build();

  @Override
  public Times run(int rounds) throws Exception {
    Times times = new Times();
    Path sources = stageSources();
    try (Stack stack = times.of("start: control plane and executor, new home", Stack::start)) {
      for (int round = 0; round < rounds; round++) {
        round(stack, times, sources, "bench-" + round);
      }
      trainClient(stack);
      for (int i = 0; i < 3 * rounds; i++) {
        times.of(RUN_LIST, () -> berth(stack, "run", "list"));
      }
      times.reach(RUN_LIST, 700);
      memory(times, "control plane", stack.plane().pid());
      memory(times, "executor agent", stack.executor("local").pid());
      memory(times, "PostgreSQL, all its processes", stack.postmaster());
      return times;
    } finally {
      Shell.run("rm", "-rf", sources.toString());
    }
  }

  private static void round(Stack stack, Times times, Path sources, String name) throws Exception {
    Client client = stack.client();
    String id = client.createSession(name, SessionSpec.getDefaultInstance()).getId();
    times.of("activate: new session", () -> activate(client, id));
    times.of(
        "push the sources", () -> berth(stack, "workspace", "push", name, sources + "", "src"));
    for (int i = 0; i < 3; i++) {
      long from = System.nanoTime();
      Run run = client.createRun(id, "echo", "first");
      times.add("create a run", System.nanoTime() - from);
      awaitFirstLog(client, run.getId());
      times.add("from create to the first line of output", System.nanoTime() - from);
      client.awaitRun(run.getId(), java.time.Duration.ofSeconds(60));
      times.add("from create to the end known", System.nanoTime() - from);
    }
    times.of("sync: all of it, live", () -> sync(client, id));
    times.of("sync: nothing changed", () -> sync(client, id));
    times.of("stop, and remove container and disk", () -> stop(client, id));
    times.of("activate: restored from the object store", () -> activate(client, id));
    client
        .sessions()
        .deleteSession(
            DeleteSessionRequest.newBuilder()
                .setSessionId(id)
                .setForce(true)
                .setWait(WAIT)
                .build());
  }

  private static Object activate(Client client, String id) {
    return client
        .sessions()
        .activateSession(
            ActivateSessionRequest.newBuilder().setSessionId(id).setWait(WAIT).build());
  }

  private static Object stop(Client client, String id) {
    return client
        .sessions()
        .stopSession(
            StopSessionRequest.newBuilder()
                .setSessionId(id)
                .setRemoveCopy(true)
                .setWait(WAIT)
                .build());
  }

  private static Object sync(Client client, String id) {
    return client
        .workspaces()
        .syncWorkspace(SyncWorkspaceRequest.newBuilder().setSessionId(id).build());
  }

  private static void awaitFirstLog(Client client, String runId) {
    var batches =
        client
            .runs()
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .watchRun(WatchRunRequest.newBuilder().setRunId(runId).addTypes("log").build());
    while (batches.hasNext()) {
      if (batches.next().getEventsCount() > 0) {
        return;
      }
    }
  }

  private static Shell.Result berth(Stack stack, String... arguments) {
    Shell.Result result = stack.berth(arguments);
    if (result.exit() != 0) {
      throw new IllegalStateException("berth " + List.of(arguments) + ": " + result.output());
    }
    return result;
  }

  /** As {@code ./dev up} does once Berth runs: what the client loads is recorded once. */
  private static void trainClient(Stack stack) {
    Shell.Result trained =
        Shell.run(
            Sources.root(),
            Map.of("BERTH_HOME", stack.home().toString()),
            "bash",
            "-ec",
            "root=$PWD; . dev.d/jdk.sh; . dev.d/build.sh; find_jdk; train_client");
    if (trained.exit() != 0) {
      throw new IllegalStateException(trained.output());
    }
  }

  private static Path stageSources() throws IOException {
    Path staged = Files.createTempDirectory("berth-bench-");
    Shell.Result copied =
        Shell.run(
            "sh",
            "-c",
            "cd '%s' && tar -c --exclude=target --exclude=.git . | tar -x -C '%s'"
                .formatted(Sources.root(), staged));
    if (copied.exit() != 0) {
      throw new IOException(copied.output());
    }
    return staged;
  }

  /**
   * Proportional set size, of a process and for PostgreSQL its children too: what is shared counts
   * once.
   */
  private static void memory(Times times, String what, long pid) throws IOException {
    long kilobytes = pss(pid);
    for (ProcessHandle child :
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children).toList()) {
      if (child.info().command().filter(command -> command.endsWith("postgres")).isPresent()) {
        kilobytes += pss(child.pid());
      }
    }
    times.add(what, "MiB", kilobytes / 1024.0);
  }

  private static long pss(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup")).stream()
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}

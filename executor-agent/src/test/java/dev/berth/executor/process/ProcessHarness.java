package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ContainerSpec.Limits;
import dev.berth.executor.container.docker.EngineFixture;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.JournalWatcher;
import dev.berth.executor.provider.exec.ExecProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One worker on a real engine and one agent's processes, which can be let go of and taken up again.
 */
final class ProcessHarness implements AutoCloseable {

  final EngineFixture engine;
  final Recorder recorder = new Recorder();
  final String container;
  final IdSource ids = new IdSource(Clock.systemUTC());

  /** The newest attempt of {@link #ends}. */
  AttemptId last = newAttempt();

  /** What attempts started from now on name, and who keeps it. */
  List<String> artifacts = List.of();

  /** What attempts started from now on are given. */
  List<SecretValue> secrets = List.of();

  /** Whether attempts started from now on may be given input. */
  boolean interactive;

  volatile ArtifactKeeper keeper = (wish, deadline) -> List.of();
  private final SessionId session = new SessionId(ids.next());

  private final WorkerId worker = new WorkerId(ids.next());
  private final ProcessLimits limits;

  /** What agents that come up from now on call the engine by. */
  ContainerRuntime runtime;

  Freezer freezer;
  Processes processes;
  private JournalWatcher watcher;
  private Thread pump;

  ProcessHarness() throws IOException {
    this(EngineFixture.connect(), EngineFixture.LIMITS, ProcessLimits.DEFAULT);
  }

  ProcessHarness(EngineFixture engine, Limits worker, ProcessLimits limits) throws IOException {
    this.engine = engine;
    this.limits = limits;
    this.container = engine.worker(worker);
    this.runtime = engine.runtime();
    up();
  }

  private void up() throws IOException {
    watcher = JournalWatcher.ofHost();
    freezer = new Freezer(runtime);
    processes =
        new Processes(
            runtime,
            freezer,
            new Residents(runtime, freezer, new HostProcesses(Path.of("/proc"))),
            List.of(new ExecProvider()),
            recorder,
            (wish, deadline) -> keeper.keep(wish, deadline),
            ModelAccess.NONE,
            limits,
            watcher,
            Clock.systemUTC());
    pump = recorder.pump(processes);
  }

  /** The agent falls: nothing it would still have done is done. */
  void fall() throws Exception {
    processes.close();
    pump.interrupt();
    pump.join();
    watcher.close();
  }

  /** The next agent comes up on the same directories. */
  List<ProcessInfo> rise() throws IOException {
    up();
    return processes.recover(engine.workerDirectory());
  }

  AttemptId newAttempt() {
    return new AttemptId(ids.next());
  }

  AttemptId sh(String script) throws IOException {
    return start(Duration.ofMinutes(5), "", "/bin/sh", "-c", script);
  }

  AttemptId start(Duration timeout, String input, String... argv) throws IOException {
    var attempt = newAttempt();
    processes.start(request(attempt, timeout, input, "/workspace", argv));
    return attempt;
  }

  StartRequest request(
      AttemptId attempt, Duration timeout, String input, String directory, String... argv) {
    RunId run = new RunId(ids.next());
    return new StartRequest(
        attempt,
        run,
        worker,
        engine.workerDirectory(),
        container,
        EngineFixture.users().provider(),
        "exec",
        List.of(argv),
        Map.of("SECRET", "s3cret"),
        secrets,
        "",
        directory,
        input.getBytes(StandardCharsets.UTF_8),
        interactive,
        timeout,
        Duration.ofSeconds(1),
        session,
        artifacts,
        "",
        engine.workspace());
  }

  /** Runs a script to its end. */
  AttemptEnd ends(String script) throws Exception {
    last = sh(script);
    return recorder.awaitEnd(last);
  }

  String out(AttemptId attempt) {
    return recorder.log(attempt).text(JournalStream.OUT);
  }

  String err(AttemptId attempt) {
    return recorder.log(attempt).text(JournalStream.ERR);
  }

  Path privateDirectory(AttemptId attempt) {
    return engine.workerDirectory().resolve("private").resolve(attempt.toString());
  }

  Path journal(AttemptId attempt) {
    return engine.workerDirectory().resolve("journal").resolve(attempt.toString());
  }

  @Override
  public void close() throws Exception {
    fall();
    engine.close();
  }
}

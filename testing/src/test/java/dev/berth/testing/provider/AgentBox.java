package dev.berth.testing.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ContainerSpec.Mount;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.container.docker.DockerEngine;
import dev.berth.executor.journal.JournalWatcher;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.Freezer;
import dev.berth.executor.process.HostProcesses;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.process.ModelAccess;
import dev.berth.executor.process.ProcessLimits;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.Residents;
import dev.berth.executor.process.StartRequest;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Turn;
import dev.berth.executor.provider.Utterance;
import dev.berth.testing.model.StubModel;
import dev.berth.testing.stack.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A sandbox with the real agent programs and no network, a scripted model behind the one port of
 * its loopback, and the part of an executor agent that looks after processes. What is said is
 * committed by position, as a control plane does.
 */
final class AgentBox implements AutoCloseable {
  private static final String IMAGE = "berth/worker-agents:latest";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  volatile StubModel model = new StubModel();

  /** Empty for the program's own choice. */
  String modelName = "";

  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final Provider provider;
  private final ContainerRuntime engine =
      DockerEngine.connect("test-" + UUID.randomUUID(), "exr_test");
  private final Path directory;
  private String container;
  private Door door;
  private final LinkedBlockingQueue<JournalBatch> batches = new LinkedBlockingQueue<>();
  private final List<AgentEvent> events = new CopyOnWriteArrayList<>();
  private final Map<AttemptId, AttemptEnd> ends = new ConcurrentHashMap<>();
  private final Map<AttemptId, Position> committed = new ConcurrentHashMap<>();
  private final Map<Long, String> given = new ConcurrentHashMap<>();
  private JournalWatcher watcher;
  private Processes processes;
  private Thread pump;
  private AttemptId attempt = new AttemptId(ids.next());
  private long inputs;

  AgentBox(Provider provider) throws Exception {
    this.provider = provider;
    try {
      engine.resolveImage(IMAGE);
    } catch (ContainerException e) {
      missing(IMAGE);
    }
    directory = Files.createTempDirectory("berth-agent-");
    Files.createDirectories(directory.resolve("workspace"));
    for (String state : provider.stateDirectories()) {
      Files.createDirectories(directory.resolve("state").resolve(state));
    }
    int user = SandboxUsers.DEFAULT.provider();
    Shell.run("chown", "-R", user + ":" + user, directory.toString());
    container = make();
    door = door();
    up();
  }

  /** A skip where somebody tries something, a failure where everything has to be shown. */
  static void missing(String image) {
    var why = image + " is not here: run ./dev image";
    if (System.getenv("CI") != null) {
      throw new IllegalStateException(why);
    }
    Assumptions.abort(why);
  }

  private String make() throws IOException {
    var mounts = new ArrayList<Mount>();
    mounts.add(new Mount(workspace(), "/workspace", false));
    mounts.add(new Mount(Processes.journalRoot(worker()), "/run/berth", false));
    for (String state : provider.stateDirectories()) {
      mounts.add(
          new Mount(
              directory.resolve("state").resolve(state), SandboxUsers.HOME + "/" + state, false));
    }
    String made =
        engine.create(
            new ContainerSpec(
                "berth-agent-" + UUID.randomUUID(),
                IMAGE,
                new ContainerSpec.Limits(2L << 30, 2000, 512),
                mounts,
                ContainerSpec.Network.NONE,
                SandboxUsers.DEFAULT,
                ""));
    engine.start(made);
    return made;
  }

  private Path worker() {
    return directory.resolve("worker");
  }

  Path workspace() {
    return directory.resolve("workspace");
  }

  private void up() throws IOException {
    watcher = JournalWatcher.ofHost();
    var freezer = new Freezer(engine);
    var host = new HostProcesses(Path.of("/proc"));
    var mine =
        new Processes(
            engine,
            freezer,
            new Residents(engine, freezer, host),
            List.of(provider),
            batches::add,
            (wish, deadline) -> List.of(),
            ModelAccess.NONE,
            ProcessLimits.DEFAULT,
            watcher,
            Clock.systemUTC());
    processes = mine;
    pump =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  commit(mine, batches.take());
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void commit(Processes to, JournalBatch batch) {
    var at = committed.getOrDefault(batch.attempt(), Position.START);
    if (batch.from().equals(at)) {
      events.addAll(batch.events());
      committed.put(batch.attempt(), batch.to());
      batch.end().ifPresent(end -> ends.put(batch.attempt(), end));
    }
    to.acked(batch.attempt(), committed.getOrDefault(batch.attempt(), Position.START));
  }

  /** The executor agent falls, and the next one takes up what it left. */
  void restart() throws Exception {
    processes.close();
    pump.interrupt();
    pump.join();
    watcher.close();
    batches.clear();
    up();
    processes.recover(worker());
    processes.adopt(attempt, Optional.of(committed.getOrDefault(attempt, Position.START)));
  }

  /** The container goes, with all that is not the session's; the next one is another worker. */
  void replace() throws Exception {
    door.close();
    engine.remove(container);
    container = make();
    door = door();
  }

  private Door door() throws IOException {
    return new Door(engine.inspect(container).orElseThrow().pid(), () -> model.port());
  }

  /** As new for another test, but for what the programs keep of their conversations. */
  void renew() throws Exception {
    if (processes.busy(container)) {
      processes.discard(attempt);
      replace();
    }
    model.close();
    model = new StubModel();
    events.clear();
    ends.clear();
    try (var files = Files.list(workspace())) {
      for (var file : files.toList()) {
        assertThat(Shell.run("rm", "-rf", file.toString()).exit()).isZero();
      }
    }
  }

  Turn turn(UUID conversation, String prompt) {
    return new Turn(
        conversation.toString(),
        prompt,
        "/workspace",
        modelName,
        "",
        Turn.PermissionMode.ASK,
        Turn.Tools.ANY,
        0,
        Map.of(),
        Map.of(),
        // of claude's own, each about twice as late as the one before
        Map.of("CLAUDE_CODE_MAX_RETRIES", "1"),
        new Turn.Model("http://127.0.0.1:" + Door.PORT, "worth-nothing"));
  }

  AttemptId start(Program program) throws IOException {
    attempt = new AttemptId(ids.next());
    events.clear();
    processes.start(
        new StartRequest(
            attempt,
            new RunId(ids.next()),
            new WorkerId(ids.next()),
            worker(),
            container,
            SandboxUsers.DEFAULT.provider(),
            provider.key(),
            program.argv(),
            program.environment(),
            List.of(),
            "",
            "/workspace",
            program.input(),
            true,
            Duration.ofMinutes(2),
            Duration.ofSeconds(2),
            new SessionId(ids.next()),
            List.of(),
            program.opening(),
            workspace()));
    return attempt;
  }

  /** Runs a turn of a new conversation to its end. */
  AttemptEnd plays(String prompt) throws IOException {
    start(provider.start(turn(UUID.randomUUID(), prompt)));
    return end();
  }

  /** Tells the program something, and waits until it is in its input. */
  String tell(Utterance utterance) {
    long seq = ++inputs;
    processes.give(
        new InputOrder(new RunId(ids.next()), attempt, seq, new InputOrder.Told(utterance)),
        (order, failure) -> given.put(order.seq(), failure));
    await("input " + seq).atMost(PATIENCE).until(() -> given.containsKey(seq));
    return Objects.requireNonNull(given.get(seq));
  }

  /** Gives the last input again, as an order that comes twice. */
  String tellAgain(Utterance utterance) {
    given.remove(inputs--);
    return tell(utterance);
  }

  /** SIGKILL to every process of that name. */
  void killAll(String name) throws IOException {
    for (long pid : engine.guests(container).orElseThrow()) {
      if (Files.readString(Path.of("/proc", Long.toString(pid), "comm")).strip().equals(name)) {
        Shell.run("kill", "-9", Long.toString(pid));
      }
    }
  }

  AttemptEnd end() {
    await("the end; so far " + events).atMost(PATIENCE).until(() -> ends.containsKey(attempt));
    await("nothing runs").atMost(PATIENCE).until(() -> !processes.busy(container));
    return Objects.requireNonNull(ends.get(attempt));
  }

  /** Waits for the first event of a kind. */
  <T extends AgentEvent> T first(Class<T> kind) {
    await(kind.getSimpleName()).atMost(PATIENCE).until(() -> all(kind).findAny().isPresent());
    return all(kind).findFirst().orElseThrow();
  }

  <T extends AgentEvent> Stream<T> all(Class<T> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast);
  }

  List<AgentEvent> events() {
    return List.copyOf(events);
  }

  /** What the agent said, whole messages only. */
  List<String> messages() {
    return all(AgentEvent.MessageStop.class)
        .filter(stop -> stop.part() == AgentEvent.Part.TEXT)
        .map(stop -> stop.text().text())
        .toList();
  }

  @Override
  public void close() throws Exception {
    processes.close();
    pump.interrupt();
    watcher.close();
    door.close();
    engine.list().stream().map(ListedContainer::id).forEach(engine::remove);
    model.close();
    Shell.run("chattr", "-R", "-a", directory.toString());
    assertThat(Shell.run("rm", "-rf", "--one-file-system", directory.toString()).exit()).isZero();
  }
}

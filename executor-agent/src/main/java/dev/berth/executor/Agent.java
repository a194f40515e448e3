package dev.berth.executor;

import dev.berth.common.IdSource;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.container.docker.DockerEngine;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.gateway.Gateway;
import dev.berth.executor.gateway.SandboxDoors;
import dev.berth.executor.gateway.Upstreams;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalWatcher;
import dev.berth.executor.link.ControlPlane;
import dev.berth.executor.link.EnrolmentException;
import dev.berth.executor.link.HelloFacts;
import dev.berth.executor.link.Readiness;
import dev.berth.executor.process.Freezer;
import dev.berth.executor.process.HostProcesses;
import dev.berth.executor.process.ModelAccess;
import dev.berth.executor.process.ProcessLimits;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.Residents;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.claude.ClaudeProvider;
import dev.berth.executor.provider.codex.CodexProvider;
import dev.berth.executor.provider.exec.ExecProvider;
import dev.berth.executor.sessionless.NoopProvider;
import dev.berth.executor.sessionless.SessionlessProvider;
import dev.berth.executor.sessionless.SessionlessRuns;
import dev.berth.executor.state.StateDirectory;
import dev.berth.executor.worker.AllowedMounts;
import dev.berth.executor.worker.ArtifactKeeping;
import dev.berth.executor.worker.Workers;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Owner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All parts of a running agent. Closing it ends none of the containers and processes it looks
 * after.
 */
final class Agent implements AutoCloseable {

  static final String VERSION = "0.1.0";
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final long LOOK_MILLIS = 1_000;

  /** How long runs without a session wait here for their turn, before they are given back. */
  private static final Duration ORDERS_WAIT = Duration.ofMillis(200);

  private final ControlPlane controlPlane;
  private final Processes processes;
  private final Copies copies;
  private final JournalWatcher journals;
  private final ScheduledExecutorService watch;

  private Agent(
      ControlPlane controlPlane,
      Processes processes,
      Copies copies,
      JournalWatcher journals,
      ScheduledExecutorService watch) {
    this.controlPlane = controlPlane;
    this.processes = processes;
    this.copies = copies;
    this.journals = journals;
    this.watch = watch;
  }

  /** Takes up what an earlier agent left, then connects. Blocks while it enrols. */
  static Agent start(AgentConfig config, StateDirectory state)
      throws EnrolmentException, AgentException {
    var controlPlane =
        ControlPlane.connect(
            state, config.controlPlane(), config.tls(), config.enrolmentToken(), config.name());
    try {
      return start(config, state, controlPlane);
    } catch (IOException | RuntimeException e) {
      controlPlane.close();
      LOG.error("cannot start", e);
      throw new AgentException("The agent cannot start: " + e.getMessage(), e);
    }
  }

  private static Agent start(AgentConfig config, StateDirectory state, ControlPlane controlPlane)
      throws IOException {
    var identity = controlPlane.identity();
    var clock = Clock.systemUTC();
    var root = HostFacts.uid() == 0;
    var users = root ? SandboxUsers.DEFAULT : SandboxUsers.ofAgent(HostFacts.uid());
    var engine = DockerEngine.connect(identity.installationId(), identity.executorId());
    var mounts = AllowedMounts.of(config.mounts(), engine);
    var copies =
        Copies.open(
            state.copies(),
            root ? Owner.SANDBOX : Owner.SELF,
            clock,
            new IdSource(clock),
            config.storePatience());
    var journals = JournalWatcher.ofHost();
    var freezer = new Freezer(engine);
    var appendOnly = Journal.canHoldAppendOnly(state.root());
    List<Provider> providers =
        List.of(new ExecProvider(), new ClaudeProvider(), new CodexProvider());
    var hostProcesses = new HostProcesses(Path.of("/proc"));
    var gateway = root ? gateway(config) : null;
    var residents = new Residents(engine, freezer, hostProcesses);
    var processes =
        new Processes(
            engine,
            freezer,
            residents,
            providers,
            controlPlane.events(),
            new ArtifactKeeping(copies, controlPlane.artifacts()),
            gateway == null ? ModelAccess.NONE : new SandboxDoors(gateway, engine),
            ProcessLimits.DEFAULT.withOutputBytes(config.maxOutputBytes()),
            journals,
            clock);
    var execs =
        new Execs(
            engine,
            processes,
            residents,
            hostProcesses,
            users.provider(),
            controlPlane.reports()::exec);
    var workers =
        Workers.create(
            new Workers.Parts(
                state.workers(),
                engine,
                freezer,
                processes,
                execs,
                copies,
                users,
                controlPlane.transfers(),
                controlPlane.reports(),
                controlPlane.events(),
                mounts,
                providers,
                System::nanoTime));
    workers.recover();
    var watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("watch").factory());
    watch.scheduleWithFixedDelay(
        () -> look(workers), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    var sessionless = sessionless(config.noops(), clock);
    controlPlane.start(
        workers,
        processes,
        execs,
        sessionless,
        new HelloFacts(
            identity.executorId(),
            VERSION,
            config.labels(),
            HostFacts.capacity(config.maxWorkers(), state.root()),
            () -> hardening(engine, copies, root, appendOnly, gateway != null),
            providers,
            mounts.names(),
            new HelloFacts.Sessionless(sessionless.atOnce(), sessionless.providers()),
            HostFacts.bootId()),
        () -> readiness(workers, state.root()));
    return new Agent(controlPlane, processes, copies, journals, watch);
  }

  /** Null where the operator named no models. It ends with the agent: nobody else holds it. */
  private static @Nullable Gateway gateway(AgentConfig config) throws IOException {
    var file = config.gateway();
    return file == null ? null : new Gateway(Upstreams.read(file));
  }

  private static SessionlessRuns sessionless(int noops, Clock clock) {
    var timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sessionless").factory());
    List<SessionlessProvider> providers = noops == 0 ? List.of() : List.of(new NoopProvider(timer));
    return new SessionlessRuns(providers, noops, ORDERS_WAIT, clock, timer);
  }

  private static void look(Workers workers) {
    try {
      workers.look();
    } catch (RuntimeException e) {
      LOG.error("looking at containers failed", e);
    }
  }

  private static Readiness readiness(Workers workers, Path disk) {
    return new Readiness(workers.problem(), HostFacts.freeDisk(disk));
  }

  private static SortedMap<String, String> hardening(
      ContainerRuntime engine, Copies copies, boolean root, boolean appendOnly, boolean gateway) {
    var facts = new TreeMap<>(engine.hardening());
    facts.put("disk-limit", copies.disksLimited() ? "yes" : "no");
    facts.put("agent-root", root ? "yes" : "no");
    facts.put("journal-append-only", appendOnly ? "yes" : "no");
    facts.put("model-gateway", gateway ? "yes" : "no");
    return facts;
  }

  /** In order: nothing new is begun, what is known is sent, streams end. Twice is once. */
  @Override
  public void close() {
    watch.shutdown();
    controlPlane.close();
    processes.close();
    copies.close();
    try {
      journals.close();
    } catch (IOException e) {
      LOG.debug("closing the journal watch", e);
    }
  }
}

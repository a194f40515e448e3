package dev.berth.executor.link;

import dev.berth.common.Channels;
import dev.berth.common.Channels.Tls;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.process.ProcessListener;
import dev.berth.executor.process.Processes;
import dev.berth.executor.sessionless.SessionlessRuns;
import dev.berth.executor.sessionless.SessionlessStart;
import dev.berth.executor.state.Identity;
import dev.berth.executor.state.StateDirectory;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.OpenRelay;
import dev.berth.executor.worker.ArtifactKeeping;
import dev.berth.executor.worker.Inventory;
import dev.berth.executor.worker.Order;
import dev.berth.executor.worker.PoolOrder;
import dev.berth.executor.worker.Reports;
import dev.berth.executor.worker.RunOrders;
import dev.berth.executor.worker.TransfersFactory;
import dev.berth.executor.worker.Verdicts;
import dev.berth.executor.worker.Workers;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything between this agent and the control plane. Four connections, so that no kind of traffic
 * waits for another: orders and heartbeats, events, file operations, and transfers.
 */
public final class ControlPlane implements AutoCloseable {

  private static final Duration LOST_AFTER_UNTIL_TOLD = Duration.ofSeconds(30);

  /**
   * How often a control plane that is away is tried; what gRPC does by itself becomes ever rarer.
   */
  private static final long CONNECT_MILLIS = 1_000;

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final SecureRandom random = new SecureRandom();
  private final StateDirectory state;
  private final ManagedChannel control;
  private final ManagedChannel events;
  private final ManagedChannel bulk;
  private final ManagedChannel calls;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("heartbeats").factory());
  private final Identity identity;
  private final CallCredentials credential;
  private final Outbox outbox = new Outbox();
  private final EventPublisher publisher;
  private final AttemptReporter reporter;
  private @Nullable Link link;
  private @Nullable Relays relays;
  private @Nullable SelfFence fence;

  private ControlPlane(
      StateDirectory state, String target, Tls tls, ManagedChannel control, Identity identity) {
    this.state = state;
    this.control = control;
    this.events = Channels.open(target, tls);
    this.bulk = Channels.open(target, tls);
    this.calls = Channels.open(target, tls);
    this.identity = identity;
    this.credential = Channels.bearer(identity.credential());
    this.publisher =
        new EventPublisher(
            ExecutorLinkServiceGrpc.newStub(events)
                .withCallCredentials(credential)
                .withWaitForReady(),
            random);
    this.reporter =
        new AttemptReporter(
            ExecutorLinkServiceGrpc.newStub(events)
                .withCallCredentials(credential)
                .withWaitForReady(),
            random);
  }

  /**
   * Connects, enrolling where this executor has no identity yet.
   *
   * @param token an enrolment token; empty where enrolled
   */
  public static ControlPlane connect(
      StateDirectory state, String target, Tls tls, String token, String name)
      throws EnrolmentException {
    var channel = Channels.open(target, tls);
    try {
      var identity = new Enrolment(state, new SecureRandom()).identity(channel, token, name);
      return new ControlPlane(state, target, tls, channel, identity);
    } catch (EnrolmentException | RuntimeException e) {
      channel.shutdownNow();
      throw e;
    }
  }

  public Identity identity() {
    return identity;
  }

  public Reports reports() {
    return outbox;
  }

  /** Takes events of attempts; they are sent once {@link #start} was called. */
  public ProcessListener events() {
    return publisher;
  }

  public TransfersFactory transfers() {
    return (session, worker, generation, trace, closed, quiet) ->
        new LinkTransfers(
            Traces.with(
                ExecutorLinkServiceGrpc.newBlockingStub(calls).withCallCredentials(credential),
                trace),
            random,
            session,
            worker,
            generation,
            closed,
            quiet);
  }

  /** The way to the store for the files that attempts leave behind. */
  public ArtifactKeeping.TransfersOf artifacts() {
    var repeated =
        new RepeatedCalls(
            ExecutorLinkServiceGrpc.newBlockingStub(calls).withCallCredentials(credential), random);
    return (run, attempt) -> new LinkArtifacts(repeated, run, attempt);
  }

  /** Dials, and from now on obeys. Once. */
  public void start(
      Workers workers,
      Processes processes,
      Execs execs,
      SessionlessRuns sessionless,
      HelloFacts facts,
      Supplier<Readiness> readiness) {
    var opened =
        new Relays(
            ExecutorLinkServiceGrpc.newBlockingV2Stub(bulk).withCallCredentials(credential),
            workers,
            execs,
            outbox);
    relays = opened;
    var fenced =
        new SelfFence(
            System::nanoTime,
            timer,
            LOST_AFTER_UNTIL_TOLD,
            () -> {
              workers.fence();
              redial();
            });
    fence = fenced;
    var status = new StatusFile(state, identity.executorId());
    var made =
        new Link(
            ExecutorLinkServiceGrpc.newStub(control)
                .withCallCredentials(credential)
                .withWaitForReady(),
            inventory -> facts.hello(inventory, sessionless.held()),
            new Handler(workers, processes, sessionless, opened, outbox),
            outbox,
            incoming ->
                new LinkStream(outbox, fenced, System::nanoTime, timer, readiness, incoming),
            status,
            random);
    link = made;
    timer.scheduleAtFixedRate(
        () -> channels().forEach(ManagedChannel::resetConnectBackoff),
        CONNECT_MILLIS,
        CONNECT_MILLIS,
        TimeUnit.MILLISECONDS);
    publisher.start(new Answers(processes));
    if (sessionless.atOnce() > 0) {
      reporter.start(sessionless);
    }
    made.start();
  }

  private List<ManagedChannel> channels() {
    return List.of(events, bulk, calls, control);
  }

  private void redial() {
    var now = link;
    if (now != null) {
      now.redial("fenced: only a welcome tells what is still ours");
    }
  }

  /** Ends streams in order: events, the link, the rest. Nothing that runs is ended. */
  @Override
  public void close() {
    if (fence != null) {
      fence.close();
    }
    publisher.close();
    reporter.close();
    if (relays != null) {
      relays.close();
    }
    if (link != null) {
      link.close();
    }
    timer.shutdownNow();
    channels().forEach(ManagedChannel::shutdown);
    for (var channel : channels()) {
      try {
        if (!channel.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
          channel.shutdownNow();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        channel.shutdownNow();
      }
    }
  }

  private record Answers(Processes processes) implements EventPublisher.Attempts {
    @Override
    public void acked(AttemptId attempt, Position position) {
      processes.acked(attempt, position);
    }

    @Override
    public void resend(AttemptId attempt, Optional<Position> from) {
      processes.adopt(attempt, from);
    }

    @Override
    public void discard(AttemptId attempt) {
      processes.discard(attempt);
    }
  }

  private record Handler(
      Workers workers,
      Processes processes,
      SessionlessRuns sessionless,
      Relays relays,
      Outbox outbox)
      implements LinkHandler {
    @Override
    public Inventory inventory() {
      return workers.inventory();
    }

    @Override
    public void welcome(Verdicts verdicts) {
      sessionless.drop(verdicts.drop());
      workers.welcome(verdicts);
    }

    @Override
    public void order(Order order) {
      workers.order(order);
    }

    @Override
    public void order(PoolOrder order) {
      workers.order(order);
    }

    @Override
    public void start(RunOrders.Start start) {
      workers.start(start);
    }

    @Override
    public void start(List<SessionlessStart> starts) {
      sessionless.start(starts);
    }

    @Override
    public void stop(RunId run, RunOrders.Stop stop) {
      if (!sessionless.stop(stop.attempt())) {
        workers.stop(run, stop);
      }
    }

    @Override
    public void give(InputOrder input) {
      processes.give(input, outbox::given);
    }

    @Override
    public void start(ExecOrder exec) {
      workers.start(exec);
    }

    @Override
    public void relay(OpenRelay relay) {
      relays.open(relay);
    }

    @Override
    public void ended() {
      sessionless.letGo();
    }
  }
}

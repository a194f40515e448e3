package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.AttemptStore.Intent;
import dev.berth.executor.process.AttemptStore.Launch;
import dev.berth.executor.process.AttemptStore.Offsets;
import dev.berth.executor.process.AttemptStore.Settled;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt from its start to the acknowledgement of its end, driven by one thread of its own.
 * Everything it must know after a fall of the agent is in its {@link AttemptStore} before it acts
 * on it.
 */
final class Attempt {

  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
  private static final long EXIT_NOTE_BYTES = 4096;
  private static final Duration SWEEP_GRACE = Duration.ofSeconds(2);
  private static final Duration CLOSE_LOOK = Duration.ofMillis(5);
  private static final int CLOSE_LOOKS = 20;

  private enum Phase {
    STARTING,
    RUNNING,
    ENDING,
    LEAVING,
    SETTLED,
    OVER
  }

  private final AttemptContext context;
  private final Intent intent;
  private final AttemptStore store;
  private final Journal journal;
  private final @Nullable StartRequest request;
  private final boolean damaged;
  private final Ending ending;
  private final Settlement settlement;
  private final Leaving leaving;

  private final Outlet outlet;
  private final Inbox inbox = new Inbox();
  private final Inputs inputs;
  private volatile Phase phase;

  private @Nullable Launch launch;
  private boolean diskFull;
  private boolean troubled;
  private boolean begun;
  private boolean inDoubt;
  private boolean thawed;
  private int endLooks;
  private long nextNote = System.nanoTime();
  private long nextLook = System.nanoTime();
  private int closeLooks;
  private long exitSize;

  Attempt(
      AttemptContext context,
      Intent intent,
      AttemptStore store,
      Journal journal,
      OutputFeed feed,
      Offsets offsets,
      @Nullable StartRequest request,
      boolean damaged) {
    this.context = context;
    this.intent = intent;
    this.store = store;
    this.journal = journal;
    this.request = request;
    this.damaged = damaged;
    this.outlet = new Outlet(context, store, journal, feed, offsets);
    this.ending =
        new Ending(
            context.runtime(),
            context.freezer(),
            context.residents(),
            intent.container(),
            intent.user());
    this.inputs = new Inputs(journal.stdin(), store, context.launcher(), outlet);
    this.settlement = new Settlement(context, intent, store, journal);
    this.leaving = new Leaving(context.artifacts(), intent, inbox::signal);
    this.phase = Phase.STARTING;
  }

  /** The thread's body: returns when the end is acknowledged, or the agent closes. */
  void run(AutoCloseable watch) {
    try (watch;
        journal) {
      while (phase != Phase.OVER && !inbox.await(patience(), outlet.nextBatch())) {
        try {
          step();
          troubled = false;
        } catch (ContainerException | IOException e) {
          // An engine that is away, a host's disk that is full: nothing was decided, so it is tried
          // again.
          LOG.warn("attempt {}: {}", intent.attempt(), e.getMessage());
          troubled = true;
        } catch (RuntimeException e) {
          LOG.error("attempt {}: tried again", intent.attempt(), e);
          troubled = true;
        }
      }
    } catch (Exception e) {
      LOG.error(
          "attempt {} is no longer looked after until the agent is restarted", intent.attempt(), e);
    }
  }

  /** Nothing is decided twice: this is tried again until it has run through once. */
  private void begin() throws IOException {
    var settled = store.settled();
    if (settled.isPresent()) {
      finish(settled.get());
      return;
    }
    if (damaged) {
      launch = store.launch().orElse(null);
      settlement.decided(
          AttemptEnd.failed(
              EndReason.JOURNAL_DAMAGED, "its journal was damaged while the executor was away"));
      phase = Phase.ENDING;
    } else if (request == null) {
      var known = store.launch();
      launched(known.isPresent() ? Launcher.Outcome.running(known.get()) : find());
    }
  }

  /** The engine may still bring about a start it was asked for; after this it comes to nothing. */
  private Launcher.Outcome find() throws IOException {
    Journal.takeInput(context.journalDirectory());
    return context
        .launcher()
        .find(
            AttemptId.parse(intent.attempt()),
            intent.container(),
            outlet.sizes().bytes() + journal.exitSize() > 0);
  }

  private void launched(Launcher.Outcome outcome) throws IOException {
    if (outcome.launch().isPresent()) {
      launch = outcome.launch().get();
      outlet.started();
      phase = Phase.RUNNING;
      nextLook = System.nanoTime();
    } else if (outcome.end().isPresent()) {
      settlement.decided(outcome.end().get());
      phase = Phase.ENDING;
    }
  }

  private void step() throws IOException {
    if (!begun) {
      begin();
      begun = true;
    }
    switch (phase) {
      case STARTING -> startOnce();
      case RUNNING -> supervise();
      case ENDING -> end();
      case LEAVING -> leave();
      case SETTLED, OVER -> {}
    }
    if (!inbox.discarded()) {
      outlet.publish(phase == Phase.SETTLED);
    }
    if (phase == Phase.RUNNING && launch != null) {
      inputs.step(launch, outlet.over());
    }
    outlet.giveBack(System.nanoTime() - nextNote >= 0);
    if (System.nanoTime() - nextNote >= 0) {
      nextNote = System.nanoTime() + context.limits().look().toNanos();
    }
    if (outlet.finishAcked() || (phase == Phase.SETTLED && inbox.discarded())) {
      Processes.delete(intent, store, context);
      phase = Phase.OVER;
      context.over(intent);
    }
  }

  private void startOnce() throws IOException {
    if (inDoubt) {
      launched(find());
      return;
    }
    if (request == null || inbox.stop().isPresent()) {
      settlement.decided(
          AttemptEnd.failed(EndReason.START_FAILED, "stopped before its process was started"));
      phase = Phase.ENDING;
      return;
    }
    try {
      var outcome = context.launcher().start(request, store);
      inDoubt = outcome == Launcher.Outcome.IN_DOUBT;
      launched(outcome);
    } catch (ContainerException e) {
      if (e.code() != Code.PAUSED) {
        throw e;
      }
      nextLook = System.nanoTime() + context.limits().look().toNanos();
    }
  }

  private void supervise() throws IOException {
    var sizes = outlet.sizes();
    var now = System.nanoTime();
    if (exitNoted()) {
      phase = Phase.ENDING;
      return;
    }
    if (sizes.out() > context.limits().outputBytes()
        || sizes.err() > context.limits().outputBytes()) {
      ask(StopReason.OUTPUT_LIMIT, Duration.ZERO);
    }
    if (now - nextLook >= 0) {
      nextLook = now + context.limits().look().toNanos();
      look();
    }
    bound(sizes);
    if (inbox.stop().isPresent()) {
      phase = Phase.ENDING;
    }
  }

  /**
   * The wrapper writes its note just before it ends; what writes it without ending is soon looked
   * at no closer.
   */
  private boolean exitNoted() throws IOException {
    var size = journal.exitSize();
    if (size != exitSize) {
      exitSize = size;
      closeLooks = CLOSE_LOOKS;
    }
    return closeLooks > 0 && closeLooks-- > 0 && launch != null && context.launcher().gone(launch);
  }

  /** States nobody signals: the process, the clock, the disk, the files themselves. */
  private void look() throws IOException {
    if (context.clock().millis() >= intent.deadlineMillis()) {
      ask(StopReason.TIMEOUT, Duration.ofMillis(intent.graceMillis()));
    }
    if (inputs.lingering()) {
      ask(StopReason.LINGERING, Duration.ofMillis(intent.graceMillis()));
    }
    diskFull |= settlement.diskFull();
    if (!intact()) {
      ask(StopReason.JOURNAL_DAMAGED, Duration.ZERO);
    }
    if (launch != null && context.launcher().gone(launch)) {
      phase = Phase.ENDING;
    }
  }

  private boolean intact() throws IOException {
    var known = outlet.sent();
    return journal.intact(JournalStream.OUT, known.out())
        && journal.intact(JournalStream.ERR, known.err())
        && journal.exitSize() <= EXIT_NOTE_BYTES;
  }

  /** Pauses what prints faster than it is acknowledged, and thaws it again. */
  private void bound(Position sizes) {
    if (!thawed && outlet.open()) {
      // An earlier agent may have paused it; whoever still wants that has said so by now.
      thawed = true;
      if (request == null) {
        context.freezer().settle(intent.container());
      }
    }
    var unacknowledged = sizes.bytes() - outlet.acked().bytes();
    var held = context.freezer().holds(intent.container(), Freezer.Reason.OUTPUT);
    if (!held && unacknowledged >= context.limits().pauseBytes()) {
      context.freezer().hold(intent.container(), Freezer.Reason.OUTPUT);
    } else if (held && unacknowledged <= context.limits().resumeBytes()) {
      context.freezer().release(intent.container(), Freezer.Reason.OUTPUT);
    }
  }

  private void end() throws IOException {
    var gone = launch == null || context.launcher().gone(launch);
    var reason = inbox.stop();
    var flooding =
        outlet.sizes().bytes() - outlet.acked().bytes() > 2 * context.limits().pauseBytes();
    var grace = reason.isPresent() ? inbox.grace() : SWEEP_GRACE;
    if (ending.step(gone, grace, flooding || inbox.discarded())) {
      context.freezer().release(intent.container(), Freezer.Reason.OUTPUT);
      if (!intact() && reason.isEmpty()) {
        reason = Optional.of(StopReason.JOURNAL_DAMAGED);
      }
      settlement.conclude(launch, reason.orElse(null), diskFull);
      phase = Phase.LEAVING;
      leave();
    }
  }

  /** Nothing of it runs any more: what its run names is kept, then its end is written down. */
  private void leave() throws IOException {
    var notKept =
        launch == null || inbox.discarded() ? Optional.of(List.<String>of()) : leaving.step();
    if (notKept.isPresent()) {
      finish(settlement.settle(launch != null, notKept.get(), outlet.sizes(), outlet.sent()));
    }
  }

  private void finish(Settled settled) {
    outlet.finish(settled);
    phase = Phase.SETTLED;
    context.settled(intent);
  }

  private long patience() {
    var now = System.nanoTime();
    if (troubled) {
      return context.limits().look().toNanos();
    }
    return switch (phase) {
      case STARTING -> request == null || inDoubt ? 0 : Math.max(0, nextLook - now);
      case RUNNING -> {
        var look = closeLooks > 0 ? CLOSE_LOOK.toNanos() : nextLook - now;
        // Something may have been held back to be joined by more.
        yield outlet.nextBatch() - now > 0 ? Math.min(look, outlet.nextBatch() - now) : look;
      }
      case ENDING -> CLOSE_LOOK.toNanos() * Math.min(20, 1 + endLooks++ / 10);
      case LEAVING, SETTLED -> context.limits().look().toNanos();
      case OVER -> 0;
    };
  }

  void grown() {
    inbox.grown();
  }

  void give(InputOrder order, InputOrder.Answer answer) {
    inputs.offer(order, answer);
    inbox.signal();
  }

  void acked(Position position) {
    outlet.acked(position);
    inbox.signal();
  }

  void adopt(Optional<Position> position) {
    outlet.adopt(position.orElse(null));
    inbox.signal();
  }

  void mask(List<String> values) {
    outlet.mask(values, intent.secretCount());
    inbox.signal();
  }

  /** The first reason stands; none counts once the process has ended. */
  void ask(StopReason reason, Duration grace) {
    if (phase == Phase.STARTING || phase == Phase.RUNNING) {
      inbox.stop(reason, grace);
    }
  }

  void discard() {
    ask(StopReason.WORKER_STOPPED, Duration.ZERO);
    inbox.discard();
  }

  void close() {
    inbox.close();
  }

  /** Whether the sandbox's part of it is over, so that another attempt may use the container. */
  boolean ended() {
    return phase == Phase.SETTLED || phase == Phase.OVER;
  }

  ProcessInfo info() {
    return new ProcessInfo(
        AttemptId.parse(intent.attempt()),
        RunId.parse(intent.run()),
        WorkerId.parse(intent.worker()),
        intent.container(),
        outlet.acked(),
        ended(),
        outlet.bytes());
  }
}

package dev.berth.executor.worker;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.container.Await;
import dev.berth.executor.journal.Position;
import dev.berth.executor.linux.DiskRoom;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.process.ProcessInfo;
import dev.berth.executor.process.ProcessListener;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.StartRequest;
import dev.berth.executor.process.StopReason;
import dev.berth.executor.provider.Program;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.provider.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops attempts. An attempt that was started once is never started again, however often
 * it is ordered and however soon it was over: an order may be on its way while the attempt ends and
 * its files are removed, so what was seen is remembered apart from them.
 */
final class Runs {

  private static final Logger LOG = LoggerFactory.getLogger(Runs.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int REMEMBERED = 10_000;
  private static final Duration ATTEMPT_BEFORE_LIMIT = Duration.ofSeconds(30);

  private final Processes processes;
  private final Sandbox sandbox;
  private final Saving saving;
  private final ProcessListener events;
  private final List<Provider> providers;
  private final Map<AttemptId, Boolean> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AttemptId, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  Runs(
      Processes processes,
      Sandbox sandbox,
      Saving saving,
      ProcessListener events,
      List<Provider> providers) {
    this.processes = processes;
    this.sandbox = sandbox;
    this.saving = saving;
    this.events = events;
    this.providers = providers;
  }

  /** Started by an agent before this one, and taken up. */
  void takenUp(List<ProcessInfo> attempts) {
    attempts.forEach(info -> firstSeen(info.attempt()));
  }

  /** Blocks until the start is on disk or refused. */
  void start(Slot slot, RunOrders.Start order) {
    var before = slot.record();
    if (before.isEmpty() || !firstSeen(order.attempt())) {
      return;
    }
    if (!order.secrets().failure().isEmpty()) {
      refuse(order, order.secrets().failure());
      return;
    }
    // an attempt before may still be swept out of the container
    if (!Await.until(ATTEMPT_BEFORE_LIMIT, () -> !sandbox.busy(before.get()))) {
      refuse(order, "The attempt before has not ended.");
      return;
    }
    slot.gate.lock();
    try {
      var worker = slot.record().orElse(before.get());
      if (!worker.workerId().equals(order.worker())
          || worker.generation() != order.generation()
          || worker.state() != WorkerState.READY) {
        LOG.info("{} is not started: its worker is not ready", order.attempt());
        if (worker.state() == WorkerState.LOST) {
          neverStarted(order);
        }
        forget(order.attempt());
        slot.report("", 0, 0);
        return;
      }
      var copy = saving.held(slot.session);
      if (copy.isEmpty() || !sandbox.alive(worker)) {
        neverStarted(order);
        saving.lose(slot, Watch.GONE);
        return;
      }
      slot.touch();
      copy.get().markDirty(0);
      processes.start(request(slot, worker, order, copy.get().workspace()));
    } catch (IOException | RuntimeException e) {
      processes.models().close(order.attempt());
      LOG.warn("{} could not be started", order.attempt(), e);
      if (full(slot)) {
        end(
            order.run(),
            order.attempt(),
            AttemptEnd.failed(EndReason.DISK_FULL, "not started: the executor's disk is full"));
      } else {
        refuse(order, Failure.of(e).message());
      }
    } finally {
      slot.gate.unlock();
    }
  }

  /** An attempt that never came here ends here: nobody else will say so. */
  void stop(RunId run, RunOrders.Stop order) {
    if (firstSeen(order.attempt()) && !held(order.attempt())) {
      end(
          run,
          order.attempt(),
          new AttemptEnd(
              AttemptEnd.Outcome.CANCELED,
              EndReason.CANCELED,
              "Canceled before it was started.",
              OptionalInt.empty(),
              0));
      return;
    }
    processes.stop(order.attempt(), order.grace(), StopReason.CANCELED);
  }

  private StartRequest request(
      Slot slot, WorkerRecord worker, RunOrders.Start order, Path workspace) throws IOException {
    var models = processes.models();
    var token = order.models() ? newToken() : "";
    var way =
        order.models()
            ? models.open(order.attempt(), worker.containerId(), token)
            : Map.<String, String>of();
    var reached = new Turn.Model(way.getOrDefault("ANTHROPIC_BASE_URL", ""), token);
    var program = order.turn().map(turn -> program(order.provider(), turn, reached)).orElse(null);
    var environment = new HashMap<>(way);
    environment.putAll(program == null ? order.environment() : program.environment());
    return new StartRequest(
        order.attempt(),
        order.run(),
        order.worker(),
        slot.home().orElseThrow().directory(),
        worker.containerId(),
        sandbox.users().provider(),
        order.provider(),
        program == null ? order.command() : program.argv(),
        environment,
        order.secrets().values(),
        order.models() ? models.key(token) : "",
        order.workingDirectory(),
        program == null ? order.input() : program.input(),
        program != null || order.interactive(),
        order.timeout(),
        order.grace(),
        slot.session,
        order.artifacts(),
        program == null ? "" : program.opening(),
        workspace);
  }

  private Program program(String key, RunOrders.AgentTurn asked, Turn.Model reached) {
    var provider =
        providers.stream()
            .filter(one -> one.key().equals(key))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no provider " + key));
    var turn = reached.url().isEmpty() ? asked.turn() : asked.turn().through(reached);
    return asked.resumed() ? provider.resume(turn) : provider.start(turn);
  }

  private static String newToken() {
    var bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return "berth-" + HexFormat.of().formatHex(bytes);
  }

  private void refuse(RunOrders.Start order, String message) {
    end(order.run(), order.attempt(), AttemptEnd.failed(EndReason.START_FAILED, message));
  }

  /** Whether the disk of the slot's journals has no room for another. */
  private static boolean full(Slot slot) {
    var home = slot.home();
    try {
      return home.isPresent() && DiskRoom.of(home.get().directory()).full();
    } catch (IOException e) {
      return false;
    }
  }

  /** Said at once, so that the run is given to the session's next worker. */
  private void neverStarted(RunOrders.Start order) {
    end(
        order.run(),
        order.attempt(),
        AttemptEnd.failed(EndReason.WORKER_LOST, "Not started: the worker was lost before."));
  }

  private void end(RunId run, AttemptId attempt, AttemptEnd end) {
    events.batch(
        new JournalBatch(
            run, attempt, Position.START, Position.START.step(), List.of(), Optional.of(end)));
  }

  private boolean held(AttemptId attempt) {
    try {
      return processes.list().stream().anyMatch(info -> info.attempt().equals(attempt));
    } catch (IOException e) {
      LOG.warn("attempts cannot be listed", e);
      return true;
    }
  }

  private synchronized boolean firstSeen(AttemptId attempt) {
    return known.putIfAbsent(attempt, true) == null;
  }

  private synchronized void forget(AttemptId attempt) {
    known.remove(attempt);
  }
}

package dev.berth.executor.exec;

import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ExecInfo;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.container.ExecStreams;
import dev.berth.executor.exec.ExecException.Reason;
import dev.berth.executor.process.HostProcesses;
import dev.berth.executor.process.HostProcesses.Identity;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exec of this agent's life. A thread of its own starts it, reads what it prints for as long as
 * anything holds its output open, and then finds out how it ended; another sees its first process
 * end and sweeps out what it left running.
 */
final class Exec {

  private static final Logger LOG = LoggerFactory.getLogger(Exec.class);

  /** What an exec may print a second, so that a flood leaves the host to others. */
  private static final long BYTES_PER_SECOND = 32L << 20;

  private static final int BURST = 4 << 20;
  private static final Duration PAUSED_LIMIT = Duration.ofSeconds(60);
  private static final Duration END_LIMIT = Duration.ofSeconds(10);
  private static final Duration LEADER_LIMIT = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(250);

  /** The directory, then the program: its place is taken, so that signals reach it. */
  private static final String SCRIPT =
      """
      cd "$1" || exit 126
      shift
      exec "$@"
      """;

  /** A terminal gets its size right after the start; without {@code stty} nobody waits for it. */
  private static final String TERMINAL_SCRIPT =
      """
      i=0
      while [ "$(stty size 2>/dev/null)" = "0 0" ] && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.02; done
      """
          + SCRIPT;

  private final ContainerRuntime runtime;
  private final HostProcesses processes;
  private final ExecOrder order;
  private final String container;
  private final int user;
  private final ExecOutput output;
  private final Consumer<Exec> leaderGone;
  private @Nullable ExecInputs inputs;
  private volatile boolean stopped;
  private volatile boolean over;

  /**
   * @param leaderGone told once its first process has ended: what it left running is to be swept
   */
  Exec(
      ContainerRuntime runtime,
      HostProcesses processes,
      ExecOrder order,
      String container,
      int user,
      ExecOutput output,
      Consumer<Exec> leaderGone) {
    this.runtime = runtime;
    this.processes = processes;
    this.order = order;
    this.container = container;
    this.user = user;
    this.output = output;
    this.leaderGone = leaderGone;
  }

  String container() {
    return container;
  }

  ExecOutput output() {
    return output;
  }

  /** What its processes carry in their environment. */
  String mark() {
    return mark(order.exec().toString());
  }

  static String mark(String exec) {
    return "BERTH_EXEC_ID=" + exec;
  }

  /** Its container is about to be stopped: whatever ends it now, that is the reason. */
  void stopped() {
    stopped = true;
  }

  /** Blocks until it has ended, and says how. */
  ExecRecord run(Consumer<ExecRecord> started) {
    var is = output.record();
    try (var streams = start()) {
      if (order.terminal()) {
        runtime.resizeExec(streams.id(), order.rows(), order.columns());
      }
      var leader = leader(streams.id());
      begin(new ExecInputs(runtime, processes, streams, order.terminal(), leader));
      started.accept(is.running());
      Thread.ofVirtual().name("exec-end-" + order.exec()).start(() -> awaitLeader(leader));
      pump(streams);
      over = true;
      return end(is, streams.id());
    } catch (ContainerException e) {
      return e.code() == Code.NOT_RUNNING || e.code() == Code.NOT_FOUND
          ? is.lost(ExecRecord.WORKER_LOST, "The worker's container does not run.")
          : is.lost(ExecRecord.START_FAILED, e.sentence());
    } catch (IOException e) {
      LOG.warn("{} lost its streams", order.exec(), e);
      return is.lost(ExecRecord.START_FAILED, "The executor could not read or keep its output.");
    } finally {
      over = true;
      leaderGone.accept(this);
    }
  }

  private ExecStreams start() {
    var argv =
        Stream.concat(
                Stream.of(
                    "/bin/sh",
                    "-c",
                    order.terminal() ? TERMINAL_SCRIPT : SCRIPT,
                    "berth-exec",
                    order.workingDirectory()),
                order.command().stream())
            .toList();
    var environment = new HashMap<>(order.environment());
    environment.put("BERTH_EXEC_ID", order.exec().toString());
    var spec = new ExecSpec(argv, environment, user);
    var end = System.nanoTime() + PAUSED_LIMIT.toNanos();
    while (true) {
      try {
        return runtime.attachExec(container, spec, order.terminal(), id -> {});
      } catch (ContainerException e) {
        // a flood of a run's, or a link that was silent for long: nothing was started
        if (e.code() != Code.PAUSED || stopped || System.nanoTime() - end >= 0) {
          throw e;
        }
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  /** For a moment after the start the engine does not tell its first process. */
  private Optional<Identity> leader(String id) {
    var found = new AtomicReference<ExecInfo>();
    boolean begun =
        Await.until(
            LEADER_LIMIT,
            () -> {
              runtime.inspectExec(id).ifPresent(found::set);
              var info = found.get();
              return info == null || info.pid() > 0 || info.exitCode().isPresent();
            });
    return begun
        ? Optional.ofNullable(found.get()).map(ExecInfo::pid).flatMap(processes::identify)
        : Optional.empty();
  }

  private synchronized void begin(ExecInputs opened) {
    inputs = opened;
  }

  /** Where its inputs go. */
  synchronized ExecInputs inputs() throws ExecException {
    if (inputs == null || over) {
      throw new ExecException(Reason.EXEC_STATE, over ? "It has ended." : "It has not begun.");
    }
    return inputs;
  }

  /** A thread of the exec's own waits here, so a program that prints faster than this is slowed. */
  private void pump(ExecStreams streams) throws IOException {
    var began = System.nanoTime();
    var bytes = new long[1];
    ExecStreams.Sink sink =
        (stream, data, length) -> {
          output.append(stream, data, length);
          bytes[0] += length;
        };
    while (streams.read(sink)) {
      var due = began + bytes[0] * Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND;
      var ahead = due - System.nanoTime();
      if (ahead < 0) {
        // what was not printed before gives no right to flood now
        began = System.nanoTime();
        bytes[0] = 0;
      } else if (ahead > BURST * Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND) {
        LockSupport.parkNanos(ahead);
      }
    }
  }

  /** What its first process left running may hold its output open for ever. */
  private void awaitLeader(Optional<Identity> leader) {
    while (!over && leader.filter(processes::alive).isPresent()) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    if (!over && leader.isPresent()) {
      leaderGone.accept(this);
    }
  }

  private ExecRecord end(ExecRecord is, String id) {
    Await.until(
        END_LIMIT, () -> stopped || runtime.inspectExec(id).filter(ExecInfo::running).isEmpty());
    var alive = runtime.inspect(container).filter(ContainerInfo::alive).isPresent();
    if (stopped || !alive) {
      return is.lost(
          stopped ? ExecRecord.WORKER_STOPPED : ExecRecord.WORKER_LOST,
          "The worker's container was stopped under it.");
    }
    var code = runtime.inspectExec(id).map(ExecInfo::exitCode);
    return code.isPresent() && code.get().isPresent()
        ? is.exited(code.get().getAsInt())
        : is.lost(ExecRecord.WORKER_LOST, "The engine does not know how it ended.");
  }
}

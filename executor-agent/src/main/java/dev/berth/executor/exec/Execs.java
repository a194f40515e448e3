package dev.berth.executor.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.exec.ExecException.Reason;
import dev.berth.executor.process.HostProcesses;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.Residents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All execs of this agent: those that run, and those whose output is kept. They end with the agent,
 * since nobody can take over the streams of one; the next agent ends what they left running and
 * calls them lost. Safe from any thread.
 */
public final class Execs {

  private static final Logger LOG = LoggerFactory.getLogger(Execs.class);
  private static final int KEPT = 32;

  private final ContainerRuntime runtime;
  private final Processes attempts;
  private final Residents residents;
  private final HostProcesses processes;
  private final int user;
  private final Consumer<ExecRecord> reports;
  private final Map<ExecId, ExecOutput> known = new ConcurrentHashMap<>();
  private final Map<ExecId, Exec> live = new ConcurrentHashMap<>();

  /**
   * @param user the provider's uid and gid
   * @param reports told what an exec has become; must not block
   */
  public Execs(
      ContainerRuntime runtime,
      Processes attempts,
      Residents residents,
      HostProcesses processes,
      int user,
      Consumer<ExecRecord> reports) {
    this.runtime = runtime;
    this.attempts = attempts;
    this.residents = residents;
    this.processes = processes;
    this.user = user;
    this.reports = reports;
  }

  /**
   * Starts an exec; one that was started once is never started again. When this returns the intent
   * is on disk. To be called with {@code gate} held, which is held to start anything in the
   * container.
   *
   * @param workerDirectory where {@code private/} stands
   */
  public void start(ExecOrder order, Path workerDirectory, String container, ReentrantLock gate)
      throws IOException {
    if (known.containsKey(order.exec())) {
      return;
    }
    forgetOldest(container);
    var output =
        ExecOutput.create(
            directory(workerDirectory).resolve(order.exec().toString()),
            ExecRecord.starting(order.exec(), container));
    known.put(order.exec(), output);
    var exec =
        new Exec(runtime, processes, order, container, user, output, ended -> sweep(ended, gate));
    residents.enter(container, exec.mark());
    live.put(order.exec(), exec);
    Thread.ofVirtual().name("exec-" + order.exec()).start(() -> run(order.exec(), exec));
  }

  private static Path directory(Path workerDirectory) {
    return workerDirectory.resolve("private").resolve("execs");
  }

  private void run(ExecId id, Exec exec) {
    var end = exec.output().record().lost(ExecRecord.START_FAILED, "The executor failed.");
    try {
      end = exec.run(running -> tell(exec.output(), running));
    } catch (RuntimeException e) {
      LOG.error("{} failed in a way not foreseen", id, e);
    } finally {
      live.remove(id);
      residents.leave(exec.container(), exec.mark());
      tell(exec.output(), end);
    }
  }

  private void tell(ExecOutput output, ExecRecord now) {
    output.become(now);
    reports.accept(now);
  }

  /** What an exec left running goes with it; with the last of all, everything does. */
  private void sweep(Exec exec, ReentrantLock gate) {
    try {
      residents.kill(exec.container(), exec.mark());
      gate.lock();
      try {
        var others =
            live.values().stream()
                .anyMatch(e -> e != exec && e.container().equals(exec.container()));
        if (!others && !attempts.busy(exec.container())) {
          residents.killAll(exec.container());
        }
      } finally {
        gate.unlock();
      }
    } catch (ContainerException e) {
      LOG.info("what {} left running is not swept out: {}", exec.mark(), e.getMessage());
    }
  }

  /** Takes up what an earlier agent left in a worker's directory, after its attempts. */
  public void recover(Path workerDirectory) throws IOException {
    for (var output : ExecOutput.find(directory(workerDirectory))) {
      var is = output.record();
      if (!is.state().ended()) {
        LOG.info("{} was lost with the agent before", is.exec());
        end(is);
        output.become(
            is.lost(
                ExecRecord.EXECUTOR_RESTARTED, "The executor agent was restarted while it ran."));
      }
      known.put(is.id(), output);
    }
  }

  private void end(ExecRecord lost) {
    try {
      residents.kill(lost.container(), Exec.mark(lost.exec()));
      if (!attempts.busy(lost.container())) {
        residents.killAll(lost.container());
      }
    } catch (ContainerException e) {
      LOG.warn("what {} left running is not swept out: {}", lost.exec(), e.getMessage());
    }
  }

  /** The container is about to be stopped by us. */
  public void stopping(String container) {
    live.values().stream().filter(e -> e.container().equals(container)).forEach(Exec::stopped);
  }

  /** Whether processes of an exec may be in the container. */
  public boolean busy(String container) {
    return live.values().stream().anyMatch(e -> e.container().equals(container));
  }

  /** Everything known, ended or not. */
  public List<ExecRecord> list() {
    return known.values().stream().map(ExecOutput::record).toList();
  }

  /** The container and its worker's directory are removed: nothing is kept of its execs. */
  public void forget(String container) {
    known
        .values()
        .removeIf(output -> {
          boolean its = output.record().container().equals(container);
          if (its) {
            output.delete();
          }
          return its;
        });
  }

  private void forgetOldest(String container) {
    var ended =
        known.values().stream()
            .filter(o -> o.record().container().equals(container) && o.record().state().ended())
            .sorted(Comparator.comparing(o -> o.record().exec()))
            .toList();
    for (var output : ended.subList(0, Math.max(0, ended.size() - KEPT + 1))) {
      known.remove(output.record().id());
      output.delete();
    }
  }

  /** A client's end of an exec; OUTPUT_GONE where nothing of it is kept here. */
  public Attachment attach(ExecId exec) throws ExecException {
    var output = known.get(exec);
    if (output == null) {
      throw new ExecException(
          Reason.EXEC_OUTPUT_GONE, "The executor keeps nothing of that exec any more.");
    }
    return new Attachment(output, Optional.ofNullable(live.get(exec)));
  }
}

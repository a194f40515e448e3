package dev.berth.executor.exec;

import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ExecStreams;
import dev.berth.executor.exec.ExecException.Reason;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.Signals;
import dev.berth.executor.process.HostProcesses;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands inputs on to one exec, each once. Bytes and their end take turns, and wait while the
 * program does not read; whoever waits longer than {@link #PATIENCE} for his turn is turned away.
 * What is being written stays on its way when its sender leaves.
 */
final class ExecInputs {

  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int REMEMBERED = 1_000;

  private final ContainerRuntime runtime;
  private final HostProcesses processes;
  private final ExecStreams streams;
  private final boolean terminal;
  private final Optional<HostProcesses.Identity> leader;
  private final ReentrantLock turn = new ReentrantLock();
  private final Map<String, Boolean> taken =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };
  private boolean closed;

  /**
   * @param leader empty where this host cannot see it; then nothing can be signalled
   */
  ExecInputs(
      ContainerRuntime runtime,
      HostProcesses processes,
      ExecStreams streams,
      boolean terminal,
      Optional<HostProcesses.Identity> leader) {
    this.runtime = runtime;
    this.processes = processes;
    this.streams = streams;
    this.terminal = terminal;
    this.leader = leader;
  }

  /** Something to be handed on. */
  private interface Input {
    void hand() throws IOException;
  }

  void data(String input, byte[] bytes) throws IOException {
    inTurn(
        input,
        () -> {
          if (closed) {
            throw new ExecException(Reason.EXEC_STATE, "Its input was closed.");
          }
          streams.write(bytes, 0, bytes.length);
        });
  }

  void close(String input) throws IOException {
    inTurn(
        input,
        () -> {
          closed |= !terminal;
          streams.closeInput();
        });
  }

  void resize(int rows, int columns) {
    if (terminal) {
      runtime.resizeExec(streams.id(), rows, columns);
    }
  }

  void signal(String name) throws IOException {
    var number = Signals.number(name);
    if (number.isEmpty() || leader.isEmpty()) {
      throw new ExecException(Reason.EXEC_STATE, "This executor cannot send it that signal.");
    }
    var groups = processes.groups(leader.get());
    if (groups.isEmpty()) {
      throw new ExecException(Reason.EXEC_STATE, "It has ended.");
    }
    for (var group : groups) {
      try {
        Signals.send(group, number.getAsInt());
      } catch (ErrnoException e) {
        // a group that ended meanwhile
        continue;
      }
    }
  }

  private void inTurn(String id, Input input) throws IOException {
    try {
      if (!turn.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new ExecException(Reason.EXEC_INPUT_FULL, "The program does not read its input.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecException(Reason.EXEC_INPUT_FULL, "The executor agent is stopping.");
    }
    try {
      if (!taken.containsKey(id)) {
        input.hand();
        taken.put(id, true);
      }
    } finally {
      turn.unlock();
    }
  }
}

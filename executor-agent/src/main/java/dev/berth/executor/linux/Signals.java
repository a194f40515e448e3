package dev.berth.executor.linux;

import java.util.Map;
import java.util.OptionalInt;

/** Signals to processes of the host. */
public final class Signals {
  public static final int TERM = 15;
  public static final int KILL = 9;

  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("KILL", KILL),
          Map.entry("USR1", 10),
          Map.entry("USR2", 12),
          Map.entry("TERM", TERM),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("TSTP", 20),
          Map.entry("WINCH", 28));

  private Signals() {}

  /**
   * @param name without SIG
   * @return empty for one that is not sent to programs
   */
  public static OptionalInt number(String name) {
    var number = NUMBERS.get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /**
   * @param pid negative for all of a process group
   * @throws ErrnoException if there is no such process, or it is not the agent's to signal
   */
  public static void send(long pid, int signal) throws ErrnoException {
    if (pid == 0 || pid == 1 || pid == -1) {
      throw new IllegalArgumentException("not one process or group");
    }
    try (Scratch s = Scratch.take()) {
      Kernel.check(Kernel.call(s, Syscall.KILL, pid, signal, 0, 0, 0), Syscall.KILL, pid);
    }
  }
}

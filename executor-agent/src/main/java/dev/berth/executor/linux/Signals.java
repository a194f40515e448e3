package dev.berth.executor.linux;

/** Signals to processes of the host. */
public final class Signals {
  public static final int TERM = 15;
  public static final int KILL = 9;

  private Signals() {}

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

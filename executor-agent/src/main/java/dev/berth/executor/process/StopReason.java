package dev.berth.executor.process;

/** Why the agent ends a process that would go on. The first reason given stands. */
public enum StopReason {
  CANCELED(EndReason.CANCELED, "canceled"),
  TIMEOUT(EndReason.TIMEOUT, "its time was up"),
  OUTPUT_LIMIT(EndReason.OUTPUT_LIMIT, "it printed more than a run may"),
  DISK_FULL(EndReason.DISK_FULL, "it used more disk than the session has"),
  JOURNAL_DAMAGED(EndReason.JOURNAL_DAMAGED, "it damaged its journal"),
  /** Its turn is over, and its program goes on: how the turn ended stands. */
  LINGERING(EndReason.SIGNAL, "its turn was over"),
  /** The worker is being stopped or given up. */
  WORKER_STOPPED(EndReason.WORKER_LOST, "its worker was stopped");

  private final EndReason end;
  private final String words;

  StopReason(EndReason end, String words) {
    this.end = end;
    this.words = words;
  }

  EndReason end() {
    return end;
  }

  String words() {
    return words;
  }
}

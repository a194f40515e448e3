package dev.berth.controlplane.run;

/** What a new run does where runs of its session wait or are under way. */
enum OnBusy {
  ENQUEUE,
  REJECT,
  INTERRUPT
}

package dev.berth.controlplane.worker;

/** What the executor is told to bring about for a worker. Names are those of the database. */
public enum WorkerWish {
  READY,
  STOPPED,
  REMOVED
}

package dev.berth.executor.link;

import io.grpc.Status;

/** Hears how the link stands; must not block for long. */
interface LinkObserver {

  void connected(long linkEpoch);

  void disconnected(Status why);
}

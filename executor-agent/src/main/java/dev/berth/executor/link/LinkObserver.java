package dev.berth.executor.link;

/** Hears how the link stands; must not block for long. */
interface LinkObserver {

  void connected(long linkEpoch);

  void disconnected(LinkEnd why);
}

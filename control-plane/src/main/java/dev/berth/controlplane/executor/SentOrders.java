package dev.berth.controlplane.executor;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What one source has ordered on one stream. An order that stays outstanding is due again after
 * {@link #PATIENCE}: whatever the agent made of it the first time, it does not stay undone for as
 * long as the stream lasts. For one thread.
 */
final class SentOrders {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private record Sent(LinkOrder.Gist gist, long nanos) {}

  private final LongSupplier nanos;
  private final Map<String, Sent> last = new HashMap<>();

  /**
   * @param nanos a monotonic clock
   */
  SentOrders(LongSupplier nanos) {
    this.nanos = nanos;
  }

  boolean due(LinkOrder order) {
    Sent before = last.get(order.key());
    return before == null
        || !before.gist().equals(order.gist())
        || nanos.getAsLong() - before.nanos() >= PATIENCE.toNanos();
  }

  void add(LinkOrder order) {
    last.put(order.key(), new Sent(order.gist(), nanos.getAsLong()));
  }

  void forgetAllBut(Set<String> outstanding) {
    last.keySet().retainAll(outstanding);
  }
}

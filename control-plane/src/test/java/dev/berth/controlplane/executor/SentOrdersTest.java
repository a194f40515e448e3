package dev.berth.controlplane.executor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.EnsureWorker;
import dev.berth.executor.v1.StopWorker;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SentOrdersTest {
  private static final LinkOrder ENSURE =
      new LinkOrder(
          "w",
          0,
          ConnectResponse.newBuilder().setEnsureWorker(EnsureWorker.getDefaultInstance()).build());
  private static final LinkOrder STOP =
      new LinkOrder(
          "w",
          0,
          ConnectResponse.newBuilder().setStopWorker(StopWorker.getDefaultInstance()).build());

  private final AtomicLong now = new AtomicLong();
  private final SentOrders sent = new SentOrders(now::get);

  @Test
  void anOrder_isDueOnce_andAgainWhereItStaysOutstanding() {
    assertThat(sent.due(ENSURE)).isTrue();
    sent.add(ENSURE);
    now.addAndGet(SentOrders.PATIENCE.toNanos() - 1);
    assertThat(sent.due(ENSURE)).isFalse();
    now.incrementAndGet();
    assertThat(sent.due(ENSURE)).isTrue();
    sent.add(ENSURE);
    assertThat(sent.due(ENSURE)).isFalse();
  }

  @Test
  void anotherKindOrNumber_isDueAtOnce() {
    sent.add(ENSURE);
    assertThat(sent.due(STOP)).isTrue();
    assertThat(sent.due(new LinkOrder("w", 1, ENSURE.message()))).isTrue();
  }

  @Test
  void whatIsNoLongerOutstanding_isForgotten() {
    sent.add(ENSURE);
    sent.forgetAllBut(Set.of());
    assertThat(sent.due(ENSURE)).isTrue();
  }
}

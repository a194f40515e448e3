package dev.berth.executor.container.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine that takes every call and answers none until it is let go. */
class BusyEngineTest {
  private static final int MANY = 100;

  private final CountDownLatch free = new CountDownLatch(1);
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private HttpServer server;
  private DockerRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
    var host = "tcp://127.0.0.1:" + server.getAddress().getPort();
    runtime =
        new DockerRuntime(
            DockerClients.connect(host),
            DockerClients.connect(host, Duration.ofMillis(200)),
            URI.create(host),
            "test",
            "exr_test");
  }

  private void answer(HttpExchange call) throws IOException {
    underWay.incrementAndGet();
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    underWay.decrementAndGet();
    answered.incrementAndGet();
    call.sendResponseHeaders(204, -1);
    call.close();
  }

  @AfterEach
  void stop() {
    free.countDown();
    server.stop(0);
  }

  @Test
  void whatItIsAsked_isGivenUpInTime_withASentenceThatSaysSo() {
    assertThatThrownBy(() -> runtime.hardening())
        .isInstanceOfSatisfying(
            ContainerException.class, e -> assertThat(e.code()).isEqualTo(Code.ENGINE_UNAVAILABLE))
        .hasMessageEndingWith("the Docker engine does not answer");
    assertThatThrownBy(() -> runtime.list())
        .hasMessageEndingWith("the Docker engine does not answer");
  }

  @Test
  void manyContainersAreEnded_aFewAtATime() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < MANY; i++) {
        var container = "c" + i;
        threads.execute(() -> runtime.remove(container));
      }
      var atOnce = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
      await().until(() -> underWay.get() == atOnce);
      await()
          .during(Duration.ofMillis(200))
          .until(() -> underWay.get() == atOnce && answered.get() == 0);
      free.countDown();
      await().atMost(Duration.ofSeconds(30)).until(() -> answered.get() == MANY);
    }
  }
}

package dev.berth.controlplane.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code GET /metrics} on a port of its own, with the JDK's HTTP server. */
@Singleton
public final class MetricsServer {
  private static final String PATH = "/metrics";
  private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

  private final MetricsService metrics;
  private final MetricsConfig config;
  private @Nullable HttpServer server;

  MetricsServer(MetricsService metrics, MetricsConfig config) {
    this.metrics = metrics;
    this.config = config;
  }

  /** Throws where the port is taken: an operator who wants no metrics would not see that. */
  public void start() {
    try {
      HttpServer starting =
          HttpServer.create(new InetSocketAddress(config.host(), config.port()), 0);
      starting.createContext(PATH, this::answer);
      starting.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      starting.start();
      server = starting;
      log.info("metrics at http://{}:{}{}", config.host(), port(), PATH);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "metrics cannot be served at %s:%d; choose another BERTH_METRICS_PORT"
              .formatted(config.host(), config.port()),
          e);
    }
  }

  public void stop() {
    HttpServer running = server;
    server = null;
    if (running != null) {
      running.stop(0);
    }
  }

  int port() {
    return server == null ? 0 : server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        send(exchange, 404, "");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, 405, "");
      } else {
        answerMetrics(exchange);
      }
    }
  }

  private void answerMetrics(HttpExchange exchange) throws IOException {
    String text;
    try {
      text = MetricsText.of(metrics.read());
    } catch (RuntimeException e) {
      log.info("no metrics: the database does not answer");
      log.debug("no metrics", e);
      send(exchange, 503, "");
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", MetricsText.CONTENT_TYPE);
    send(exchange, 200, text);
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      try (OutputStream body = exchange.getResponseBody()) {
        body.write(bytes);
      }
    }
  }
}

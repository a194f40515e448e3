package dev.berth.testing.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * A model server on loopback that answers as {@link Script} says: {@code POST /v1/messages} (and
 * {@code /count_tokens} below it), {@code /v1/responses}, {@code /v1/chat/completions}. It keeps
 * nothing between requests but what it was asked. Any key will do.
 */
public final class StubModel implements AutoCloseable {

  /** What every answer reports. */
  public static final int INPUT_TOKENS = Dialect.INPUT;

  public static final int CACHED_TOKENS = Dialect.CACHED;
  public static final int OUTPUT_TOKENS = Dialect.OUTPUT;

  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);

  private static final Map<String, Dialect> DIALECTS =
      Map.of(
          "/v1/messages", new AnthropicMessages(),
          "/v1/responses", new OpenAiResponses(),
          "/v1/chat/completions", new ChatCompletions());

  /**
   * A request for an answer.
   *
   * @param key of the {@code x-api-key} or {@code authorization} header
   * @param script empty where the user named none
   * @param step tools that answered since
   * @param side whether it offered no tools: a title, a summary
   */
  public record Asked(
      String path, String key, String model, String script, int step, boolean side) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** Connections that scripts break are no news; held so that the level stays. */
  private final Logger log = Logger.getLogger("com.sun.net.httpserver");

  public StubModel() {
    log.setLevel(Level.OFF);
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** Every request for an answer, in their order. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Requests for an answer that were no side calls. */
  public Stream<Asked> turns() {
    return asked.stream().filter(one -> !one.side());
  }

  private void handle(HttpExchange http) throws IOException {
    String body = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = http.getRequestURI().getPath();
    if (!http.getRequestMethod().equals("POST")) {
      // among others an upgrade to a web socket
      send(http, 404, Json.object("error", "no such page"));
    } else if (path.equals("/v1/messages/count_tokens")) {
      send(http, 200, Json.object("input_tokens", body.length() / 4));
    } else if (DIALECTS.containsKey(path)) {
      answer(http, path, JsonParser.parseString(body).getAsJsonObject());
    } else {
      send(http, 404, Json.object("error", "no such page"));
    }
  }

  private void answer(HttpExchange http, String path, JsonObject request) throws IOException {
    Dialect dialect = Objects.requireNonNull(DIALECTS.get(path));
    Exchange exchange = dialect.read(request);
    asked.add(
        new Asked(
            path,
            key(http),
            exchange.model(),
            exchange.script(),
            exchange.step(),
            exchange.tools().isEmpty()));
    switch (Script.reply(exchange)) {
      case Reply.Failure failure -> send(http, failure.status(), dialect.failure(failure.status()));
      case Reply.Stream reply -> answer(http, dialect, exchange, reply);
    }
  }

  private void answer(HttpExchange http, Dialect dialect, Exchange exchange, Reply.Stream reply)
      throws IOException {
    JsonObject whole;
    try {
      whole = dialect.whole(exchange, reply);
    } catch (IllegalStateException e) {
      send(http, 400, Json.object("error", Json.object("message", e.getMessage())));
      return;
    }
    if (exchange.stream()) {
      stream(http, dialect, exchange, reply);
    } else {
      send(http, 200, whole);
    }
  }

  private void stream(HttpExchange http, Dialect dialect, Exchange exchange, Reply.Stream reply)
      throws IOException {
    http.getResponseHeaders().set("content-type", "text/event-stream");
    http.sendResponseHeaders(200, 0);
    var events = new Events(http.getResponseBody(), closing);
    dialect.stream(exchange, reply, events);
    switch (reply.end()) {
      // the server breaks a connection whose handler fails, and ends the answer of any other
      case CUT -> throw new IOException("cut, as scripted");
      case HANG -> events.pause(LONGEST_SILENCE);
      case COMPLETE, REFUSAL -> http.close();
    }
  }

  private static String key(HttpExchange http) {
    String key = http.getRequestHeaders().getFirst("x-api-key");
    if (key != null) {
      return key;
    }
    String bearer = http.getRequestHeaders().getFirst("authorization");
    return bearer == null ? "" : bearer.replaceFirst("(?i)^bearer ", "");
  }

  private static void send(HttpExchange http, int status, JsonObject body) throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("content-type", "application/json");
    http.sendResponseHeaders(status, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.close();
  }
}

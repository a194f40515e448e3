package dev.berth.testing.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.IdSource;
import dev.berth.executor.gateway.Gateway;
import dev.berth.executor.gateway.Upstream;
import dev.berth.executor.gateway.Vendor;
import dev.berth.testing.model.StubModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway in front of the stub model: what passes, what does not, and what it counts. */
class GatewayTest {
  private static final String KEY = "the-real-key";
  private static final String TOKEN = "token-of-the-run";

  private final AttemptId attempt = new AttemptId(new IdSource(Clock.systemUTC()).next());
  private final HttpClient client = HttpClient.newHttpClient();
  private StubModel model;
  private Gateway gateway;
  private Gateway.Door door;
  private String url;

  @BeforeEach
  void start() throws IOException {
    model = new StubModel();
    var upstream = new Upstream(URI.create("http://127.0.0.1:" + model.port()), KEY);
    gateway = new Gateway(Map.of(Vendor.ANTHROPIC, upstream, Vendor.OPENAI, upstream));
    var listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    url = "http://127.0.0.1:" + ((InetSocketAddress) listener.getLocalAddress()).getPort();
    door = gateway.open(listener);
    door.grant(Gateway.hash(TOKEN), attempt);
  }

  @AfterEach
  void stop() {
    client.close();
    door.close();
    gateway.close();
    model.close();
  }

  private static JsonObject asked(String path, String script, boolean stream) {
    var message = new JsonObject();
    message.addProperty("role", "user");
    message.addProperty("content", "[[" + script + "]]");
    var messages = new JsonArray();
    messages.add(message);
    var tool = new JsonObject();
    tool.addProperty("name", "Bash");
    if (path.endsWith("completions")) {
      var function = new JsonObject();
      function.addProperty("type", "function");
      function.add("function", tool);
      tool = function;
    }
    var tools = new JsonArray();
    tools.add(tool);
    var request = new JsonObject();
    request.addProperty("model", "m");
    request.addProperty("stream", stream);
    if (path.endsWith("completions") && stream) {
      var options = new JsonObject();
      options.addProperty("include_usage", true);
      request.add("stream_options", options);
    }
    request.add("tools", tools);
    if (path.endsWith("responses")) {
      var text = new JsonObject();
      text.addProperty("type", "input_text");
      text.addProperty("text", "[[" + script + "]]");
      var content = new JsonArray();
      content.add(text);
      message.addProperty("type", "message");
      message.add("content", content);
      request.add("input", messages);
    } else {
      request.add("messages", messages);
    }
    return request;
  }

  private HttpRequest request(String to, String path, String token, JsonObject body) {
    return HttpRequest.newBuilder(URI.create(to + path))
        .header(
            path.endsWith("messages") ? "x-api-key" : "authorization",
            path.endsWith("messages") ? token : "Bearer " + token)
        .header("content-type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()))
        .build();
  }

  private HttpResponse<String> ask(String to, String path, String token, String script)
      throws Exception {
    return client.send(
        request(to, path, token, asked(path, script, true)), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/messages", "/v1/responses", "/v1/chat/completions"})
  void anAnswer_isTheSameAsAskedDirectly_underTheRealKey_andItsTokensAreCounted(String path)
      throws Exception {
    var direct = "http://127.0.0.1:" + model.port();
    for (boolean stream : new boolean[] {true, false}) {
      var body = asked(path, "say hello there", stream);
      var plain = client.send(request(direct, path, "anybody", body), BodyHandlers.ofString());
      var passed = client.send(request(url, path, TOKEN, body), BodyHandlers.ofString());
      assertThat(passed.statusCode()).isEqualTo(200);
      assertThat(known(passed.body())).isEqualTo(known(plain.body()));
      assertThat(passed.headers().firstValue("content-type"))
          .isEqualTo(plain.headers().firstValue("content-type"));
      assertThat(model.asked().getLast().key()).isEqualTo(KEY);
    }
    // Counted when the answer has passed.
    await().until(() -> door.used(attempt).output() == 2L * StubModel.OUTPUT_TOKENS);
    var used = door.used(attempt);
    assertThat(used.input()).isPositive();
    assertThat(used.cached()).isEqualTo(2L * StubModel.CACHED_TOKENS);
  }

  /** Without ids and times, which each answer has of its own. */
  private static String known(String answer) {
    return answer
        .replaceAll("(msg|resp|chatcmpl|fc|call|item|rs)_?-?[0-9a-zA-Z-]{6,}", "ID")
        .replaceAll("[0-9]{10,}", "TIME");
  }

  @Test
  void pieces_passAsTheyCome() throws Exception {
    var path = "/v1/messages";
    var answer =
        client.send(
            request(url, path, TOKEN, asked(path, "slow 5 200", true)),
            BodyHandlers.ofInputStream());
    var times = new ArrayList<Long>();
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.contains("tick")) {
          times.add(System.nanoTime());
        }
      }
    }
    assertThat(times).hasSize(5);
    assertThat(times.getLast() - times.getFirst()).isGreaterThan(500_000_000L);
  }

  @Test
  void aToken_opensOneDoor_whileItsAttemptLasts() throws Exception {
    var path = "/v1/messages";
    assertThat(ask(url, path, "another", "say hi").statusCode()).isEqualTo(401);
    assertThat(ask(url, path, KEY, "say hi").statusCode()).isEqualTo(401);
    var other = ServerSocketChannel.open();
    other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    var elsewhere = "http://127.0.0.1:" + ((InetSocketAddress) other.getLocalAddress()).getPort();
    try (var next = gateway.open(other)) {
      assertThat(next).isNotNull();
      assertThat(ask(elsewhere, path, TOKEN, "say hi").statusCode()).isEqualTo(401);
    }
    assertThat(door.revoke(attempt)).isTrue();
    var refused = ask(url, path, TOKEN, "say hi");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("berth: the token opens nothing here").doesNotContain(KEY);
    assertThat(model.asked()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"400", "401", "429", "500"})
  void aRefusalOfTheModel_passesAsItIs(int status) throws Exception {
    var passed = ask(url, "/v1/messages", TOKEN, "error " + status);
    assertThat(passed.statusCode()).isEqualTo(status);
    assertThat(passed.body()).doesNotContain("berth");
  }

  @Test
  void aCutAnswer_isCutHereToo_andAServerThatIsAway_isSaidToBe() throws Exception {
    assertThatThrownBy(() -> ask(url, "/v1/messages", TOKEN, "cut"))
        .isInstanceOf(IOException.class);
    model.close();
    var away = ask(url, "/v1/messages", TOKEN, "say hi");
    assertThat(away.statusCode()).isEqualTo(502);
    assertThat(away.body()).contains("upstream_unreachable");
    model = new StubModel();
  }

  @Test
  void aSandboxThatAsksTooMuchAtOnce_isToldToWait_untilSomeOfItHasEnded() throws Exception {
    var path = "/v1/messages";
    var pending = new ArrayList<CompletableFuture<HttpResponse<InputStream>>>();
    for (int i = 0; i < 64; i++) {
      pending.add(
          client.sendAsync(
              request(url, path, TOKEN, asked(path, "hang", true)), BodyHandlers.ofInputStream()));
    }
    for (var one : pending) {
      assertThat(one.get().statusCode()).isEqualTo(200);
    }
    var refused = ask(url, path, TOKEN, "say hi");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
    assertThat(refused.body()).contains("64 calls of this sandbox are under way");

    for (var one : pending) {
      one.get().body().close();
    }
    model.close();
    model = new StubModel();
    await().until(() -> ask(url, path, TOKEN, "say hi").statusCode() != 429);
  }

  @Test
  void aRequestThatCannotBePassedOn_isRefused_withoutAWordOfHow() throws Exception {
    var to = URI.create(url);
    try (var socket = new Socket(to.getHost(), to.getPort())) {
      var request =
          "POST /v1/messages?a=| HTTP/1.1\r\nHost: model\r\nConnection: close\r\nx-api-key: "
              + TOKEN
              + "\r\nContent-Length: 2\r\n\r\n{}";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var refused = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(refused).startsWith("HTTP/1.1 400").contains("berth:").doesNotContain("Exception");
    }
  }

  @Test
  void nothingElse_isServed() throws Exception {
    assertThat(
            client
                .send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/files"))
                        .header("x-api-key", TOKEN)
                        .build(),
                    BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(404);
    assertThat(model.asked()).isEmpty();
  }
}

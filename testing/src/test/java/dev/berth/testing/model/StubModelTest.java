package dev.berth.testing.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stub speaks each protocol, and decides by nothing but the request. */
@Timeout(30)
class StubModelTest {

  /** Requests as each kind of program makes them. */
  enum Protocol {
    MESSAGES("/v1/messages", "Write", "Bash") {
      @Override
      JsonObject request(List<String[]> said, List<JsonObject> tools) {
        return Json.object(
            "model", "m", "stream", true, "tools", tools, "messages", messages(said));
      }

      private List<JsonObject> messages(List<String[]> said) {
        return said.stream()
            .map(one ->
                one[0].equals("user")
                    ? Json.object("role", "user", "content", one[1])
                    : Json.object(
                        "role",
                        "user",
                        "content",
                        Json.array(
                            Json.object(
                                "type", "tool_result", "tool_use_id", "x", "content", one[1]))))
            .toList();
      }
    },
    RESPONSES("/v1/responses", "apply_patch", "exec_command") {
      @Override
      JsonObject request(List<String[]> said, List<JsonObject> tools) {
        return Json.object(
            "model",
            "m",
            "stream",
            true,
            "tools",
            tools,
            "input",
            said.stream()
                .map(one ->
                    one[0].equals("user")
                        ? Json.object(
                            "type",
                            "message",
                            "role",
                            "user",
                            "content",
                            Json.array(Json.object("type", "input_text", "text", one[1])))
                        : Json.object(
                            "type", "function_call_output", "call_id", "x", "output", one[1]))
                .toList());
      }
    },
    CHAT("/v1/chat/completions", "write", "bash") {
      @Override
      JsonObject request(List<String[]> said, List<JsonObject> tools) {
        return Json.object(
            "model",
            "m",
            "stream",
            true,
            "tools",
            tools,
            "messages",
            said.stream().map(one -> Json.object("role", one[0], "content", one[1])).toList());
      }

      @Override
      JsonObject tool(String name) {
        return Json.object("type", "function", "function", Json.object("name", name));
      }
    };

    final String path;
    final List<String> tools;

    Protocol(String path, String... tools) {
      this.path = path;
      this.tools = List.of(tools);
    }

    abstract JsonObject request(List<String[]> said, List<JsonObject> tools);

    JsonObject tool(String name) {
      return Json.object("name", name);
    }

    /** {@code said} in pairs of who (user, tool) and what. */
    JsonObject asks(String... said) {
      var pairs = new ArrayList<String[]>();
      for (int i = 0; i < said.length; i += 2) {
        pairs.add(new String[] {said[i], said[i + 1]});
      }
      return request(pairs, tools.stream().map(this::tool).toList());
    }
  }

  @AutoClose private final StubModel stub = new StubModel();
  @AutoClose private final HttpClient client = HttpClient.newHttpClient();

  private HttpResponse<String> post(String path, JsonObject body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + stub.port() + path))
            .header("x-api-key", "k")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private String answer(Protocol protocol, String... said) throws Exception {
    var response = post(protocol.path, protocol.asks(said));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    return response.body();
  }

  private static Stream<JsonObject> events(String body) {
    return body.lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> JsonParser.parseString(line.substring(6)).getAsJsonObject());
  }

  @ParameterizedTest
  @EnumSource
  void writesWithTheToolThatIsOffered_thenSaysWhatItAnswered(Protocol protocol) throws Exception {
    assertThat(answer(protocol, "user", "Please [[write a.txt some words]]"))
        .contains("a.txt", "some words", protocol.tools.getFirst(), "call_1_0_1");
    assertThat(text(answer(protocol, "user", "[[write a.txt some words]]", "tool", "fine")))
        .isEqualTo("The tool says: fine");
    assertThat(stub.turns().map(StubModel.Asked::step)).containsExactly(0, 1);
    assertThat(stub.asked().getFirst())
        .isEqualTo(
            new StubModel.Asked(protocol.path, "k", "m", "write a.txt some words", 0, false));
  }

  @ParameterizedTest
  @EnumSource
  void theLastMarkerCounts_andWhatToolsSaidBehindIt(Protocol protocol) throws Exception {
    var said =
        answer(protocol, "user", "[[run ls]]", "tool", "a", "tool", "b", "user", "now [[recall]]");

    assertThat(text(said)).isEqualTo("I recall 1: run ls");
  }

  @ParameterizedTest
  @EnumSource
  void reportsUsage_inItsLastEvents(Protocol protocol) throws Exception {
    var usage =
        events(answer(protocol, "user", "[[say hi]]"))
            .map(JsonObject::toString)
            .filter(event -> event.contains("usage"))
            .toList();

    assertThat(usage.getLast()).contains("tokens\":" + StubModel.OUTPUT_TOKENS);
    assertThat(String.join("", usage)).contains(":" + StubModel.CACHED_TOKENS);
  }

  @ParameterizedTest
  @EnumSource
  void aRequestWithoutTools_getsPlainText_whateverItsScript(Protocol protocol) throws Exception {
    var side = protocol.request(List.<String[]>of(new String[] {"user", "[[todo]]"}), List.of());
    side.addProperty("stream", false);

    var whole = post(protocol.path, side);

    assertThat(whole.body()).contains("A title");
    assertThat(stub.turns()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 429, 500})
  void errorsAreThoseOfTheProtocol(int status) throws Exception {
    for (Protocol protocol : Protocol.values()) {
      var response = post(protocol.path, protocol.asks("user", "[[error " + status + "]]"));
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.body()).contains("\"error\"", "scripted " + status);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCutStream_breaksTheConnection(Protocol protocol) {
    assertThatThrownBy(() -> answer(protocol, "user", "[[cut]]")).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aSlowStream_comesInPieces(Protocol protocol) throws Exception {
    assertThat(text(answer(protocol, "user", "[[slow 3 1]]"))).isEqualTo("tick tick tick ");
  }

  @Test
  void tokensAreCounted_andAWebSocketIsNot() throws Exception {
    var count = post("/v1/messages/count_tokens", Protocol.MESSAGES.asks("user", "some words"));
    assertThat(count.body()).matches("\\{\"input_tokens\":[0-9]+}");
    var socket =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + stub.port() + "/v1/responses"))
            .GET()
            .build();
    assertThat(client.send(socket, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(404);
  }

  /** What was said in deltas, put together. */
  private static String text(String body) {
    var text = new StringBuilder();
    events(body)
        .forEach(event -> {
          if (event.has("choices")) {
            Json.objects(event, "choices")
                .forEach(
                    choice -> text.append(Json.text(choice.getAsJsonObject("delta"), "content")));
          } else if (event.has("delta") && event.get("delta").isJsonObject()) {
            text.append(Json.text(event.getAsJsonObject("delta"), "text"));
          } else {
            text.append(Json.text(event, "delta"));
          }
        });
    return text.toString();
  }
}

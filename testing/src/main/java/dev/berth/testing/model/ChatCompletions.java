package dev.berth.testing.model;

import com.google.gson.JsonObject;
import dev.berth.testing.model.Action.Call;
import dev.berth.testing.model.Reply.End;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. */
final class ChatCompletions implements Dialect {

  @Override
  public Exchange read(JsonObject request) {
    var reader = new Exchange.Reader();
    for (JsonObject message : Json.objects(request, "messages")) {
      switch (Json.text(message, "role")) {
        case "user" -> reader.user(Json.content(message, "content"));
        case "tool" -> reader.result(Json.content(message, "content"));
        default -> {}
      }
    }
    return reader.exchange(
        Json.text(request, "model"),
        Json.truth(request, "stream"),
        Json.objects(request, "tools").stream()
            .map(tool -> tool.get("function"))
            .filter(function -> function != null && function.isJsonObject())
            .map(function -> Json.text(function.getAsJsonObject(), "name"))
            .collect(Collectors.toSet()));
  }

  @Override
  public void stream(Exchange asked, Reply.Stream reply, Events events) throws IOException {
    events.data(chunk(asked, Json.object("role", "assistant", "content", ""), null));
    int part = 0;
    int calls = 0;
    for (Reply.Part one : reply.parts()) {
      switch (one) {
        case Reply.Text text -> {
          for (String piece : text.pieces()) {
            events.data(chunk(asked, Json.object("content", piece), null));
            events.pause(text.pause());
          }
        }
        case Reply.Thinking thinking ->
            events.data(chunk(asked, Json.object("reasoning_content", thinking.text()), null));
        case Reply.Tool tool -> {
          JsonObject call = call(asked, tool.action(), part);
          call.addProperty("index", calls++);
          events.data(chunk(asked, Json.object("tool_calls", List.of(call)), null));
        }
      }
      part++;
      if (reply.end() == End.CUT || reply.end() == End.HANG) {
        return;
      }
    }
    events.data(chunk(asked, Json.object(), finish(reply)));
    JsonObject usage = envelope(asked, "chat.completion.chunk");
    usage.add("choices", Json.array());
    usage.add("usage", usage());
    events.data(usage.toString());
    events.data("[DONE]");
  }

  private static String chunk(Exchange asked, JsonObject delta, @Nullable String finish) {
    JsonObject chunk = envelope(asked, "chat.completion.chunk");
    chunk.add(
        "choices", Json.array(Json.object("index", 0, "delta", delta, "finish_reason", finish)));
    return chunk.toString();
  }

  private static JsonObject envelope(Exchange asked, String object) {
    return Json.object(
        "id",
        "chatcmpl_" + asked.turns().size() + "_" + asked.step(),
        "object",
        object,
        "created",
        0,
        "model",
        asked.model());
  }

  private static JsonObject call(Exchange asked, Action action, int part) {
    Call call = Toolbox.call(action, asked.tools());
    return Json.object(
        "id", Dialect.callId(asked, part),
        "type", "function",
        "function", Json.object("name", call.tool(), "arguments", call.arguments().toString()));
  }

  private static String finish(Reply.Stream reply) {
    if (reply.end() == End.REFUSAL) {
      return "content_filter";
    }
    return reply.parts().stream().anyMatch(Reply.Tool.class::isInstance) ? "tool_calls" : "stop";
  }

  private static JsonObject usage() {
    return Json.object(
        "prompt_tokens",
        INPUT + CACHED,
        "completion_tokens",
        OUTPUT,
        "total_tokens",
        INPUT + CACHED + OUTPUT,
        "prompt_tokens_details",
        Json.object("cached_tokens", CACHED));
  }

  @Override
  public JsonObject whole(Exchange asked, Reply.Stream reply) {
    var text = new StringBuilder();
    var calls = new ArrayList<JsonObject>();
    int part = 0;
    for (Reply.Part one : reply.parts()) {
      if (one instanceof Reply.Text said) {
        text.append(said.whole());
      } else if (one instanceof Reply.Tool tool) {
        calls.add(call(asked, tool.action(), part));
      }
      part++;
    }
    JsonObject message = Json.object("role", "assistant", "content", text.toString());
    if (!calls.isEmpty()) {
      message.add("tool_calls", Json.array(calls.toArray()));
    }
    JsonObject whole = envelope(asked, "chat.completion");
    whole.add(
        "choices",
        Json.array(Json.object("index", 0, "message", message, "finish_reason", finish(reply))));
    whole.add("usage", usage());
    return whole;
  }

  @Override
  public JsonObject failure(int status) {
    return error(status);
  }

  static JsonObject error(int status) {
    String type =
        switch (status) {
          case 400 -> "invalid_request_error";
          case 401 -> "authentication_error";
          case 429 -> "rate_limit_exceeded";
          default -> "server_error";
        };
    return Json.object(
        "error", Json.object("message", "scripted " + status, "type", type, "code", type));
  }
}

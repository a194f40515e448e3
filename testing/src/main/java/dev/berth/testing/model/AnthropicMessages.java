package dev.berth.testing.model;

import com.google.gson.JsonObject;
import dev.berth.testing.model.Action.Call;
import dev.berth.testing.model.Reply.End;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/messages}. */
final class AnthropicMessages implements Dialect {

  @Override
  public Exchange read(JsonObject request) {
    var reader = new Exchange.Reader();
    for (JsonObject message : Json.objects(request, "messages")) {
      if (Json.text(message, "role").equals("user")) {
        for (JsonObject block : Json.objects(message, "content")) {
          if (Json.text(block, "type").equals("tool_result")) {
            reader.result(Json.content(block, "content"));
          }
        }
        reader.user(Json.content(message, "content"));
      }
    }
    return reader.exchange(
        Json.text(request, "model"),
        Json.truth(request, "stream"),
        Json.objects(request, "tools").stream()
            .map(tool -> Json.text(tool, "name"))
            .collect(Collectors.toSet()));
  }

  @Override
  public void stream(Exchange asked, Reply.Stream reply, Events events) throws IOException {
    events.send(Json.object("type", "message_start", "message", message(asked, List.of(), null)));
    int index = 0;
    for (Reply.Part part : reply.parts()) {
      switch (part) {
        case Reply.Text text -> {
          start(events, index, Json.object("type", "text", "text", ""));
          for (String piece : text.pieces()) {
            delta(events, index, Json.object("type", "text_delta", "text", piece));
            events.pause(text.pause());
          }
        }
        case Reply.Thinking thinking -> {
          start(events, index, Json.object("type", "thinking", "thinking", "", "signature", ""));
          delta(events, index, Json.object("type", "thinking_delta", "thinking", thinking.text()));
          delta(events, index, Json.object("type", "signature_delta", "signature", "c2lnbmVk"));
        }
        case Reply.Tool tool -> {
          Call call = Toolbox.call(tool.action(), asked.tools());
          start(events, index, block(asked, index, call.tool(), Json.object()));
          delta(
              events,
              index,
              Json.object("type", "input_json_delta", "partial_json", call.arguments().toString()));
        }
      }
      if (reply.end() == End.CUT || reply.end() == End.HANG) {
        return;
      }
      events.send(Json.object("type", "content_block_stop", "index", index++));
    }
    events.send(
        Json.object(
            "type",
            "message_delta",
            "delta",
            Json.object("stop_reason", stopReason(reply), "stop_sequence", null),
            "usage",
            Json.object("output_tokens", OUTPUT)));
    events.send(Json.object("type", "message_stop"));
  }

  private static void start(Events events, int index, JsonObject block) throws IOException {
    events.send(Json.object("type", "content_block_start", "index", index, "content_block", block));
  }

  private static void delta(Events events, int index, JsonObject delta) throws IOException {
    events.send(Json.object("type", "content_block_delta", "index", index, "delta", delta));
  }

  private static JsonObject block(Exchange asked, int index, String tool, JsonObject input) {
    return Json.object(
        "type", "tool_use", "id", Dialect.callId(asked, index), "name", tool, "input", input);
  }

  private static String stopReason(Reply.Stream reply) {
    if (reply.end() == End.REFUSAL) {
      return "refusal";
    }
    return reply.parts().stream().anyMatch(Reply.Tool.class::isInstance) ? "tool_use" : "end_turn";
  }

  @Override
  public JsonObject whole(Exchange asked, Reply.Stream reply) {
    var content = new ArrayList<JsonObject>();
    for (Reply.Part part : reply.parts()) {
      content.add(
          switch (part) {
            case Reply.Text text -> Json.object("type", "text", "text", text.whole());
            case Reply.Thinking thinking ->
                Json.object("type", "thinking", "thinking", thinking.text(), "signature", "");
            case Reply.Tool tool -> {
              Call call = Toolbox.call(tool.action(), asked.tools());
              yield block(asked, content.size(), call.tool(), call.arguments());
            }
          });
    }
    return message(asked, content, stopReason(reply));
  }

  private static JsonObject message(
      Exchange asked, List<JsonObject> content, @Nullable String stop) {
    return Json.object(
        "id",
        "msg_" + asked.turns().size() + "_" + asked.step(),
        "type",
        "message",
        "role",
        "assistant",
        "model",
        asked.model(),
        "content",
        content,
        "stop_reason",
        stop,
        "stop_sequence",
        null,
        "usage",
        Json.object(
            "input_tokens",
            INPUT,
            "cache_creation_input_tokens",
            0,
            "cache_read_input_tokens",
            CACHED,
            "output_tokens",
            stop == null ? 1 : OUTPUT));
  }

  @Override
  public JsonObject failure(int status) {
    String type =
        switch (status) {
          case 400 -> "invalid_request_error";
          case 401 -> "authentication_error";
          case 429 -> "rate_limit_error";
          case 529 -> "overloaded_error";
          default -> "api_error";
        };
    return Json.object(
        "type", "error", "error", Json.object("type", type, "message", "scripted " + status));
  }
}

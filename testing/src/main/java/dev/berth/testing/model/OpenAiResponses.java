package dev.berth.testing.model;

import com.google.gson.JsonObject;
import dev.berth.testing.model.Action.Call;
import dev.berth.testing.model.Reply.End;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code POST /v1/responses}. */
final class OpenAiResponses implements Dialect {

  @Override
  public Exchange read(JsonObject request) {
    var reader = new Exchange.Reader();
    if (request.has("input") && request.get("input").isJsonPrimitive()) {
      reader.user(Json.text(request, "input"));
    }
    for (JsonObject item : Json.objects(request, "input")) {
      switch (Json.text(item, "type")) {
        case "function_call_output", "custom_tool_call_output" ->
            reader.result(Json.content(item, "output"));
        case "message", "" -> {
          if (Json.text(item, "role").equals("user")) {
            reader.user(Json.content(item, "content"));
          }
        }
        default -> {}
      }
    }
    return reader.exchange(
        Json.text(request, "model"),
        Json.truth(request, "stream"),
        Json.objects(request, "tools").stream()
            .map(tool -> Json.text(tool, "name"))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet()));
  }

  @Override
  public void stream(Exchange asked, Reply.Stream reply, Events events) throws IOException {
    events.send(
        Json.object(
            "type", "response.created", "response", response(asked, "in_progress", List.of())));
    var items = new ArrayList<JsonObject>();
    for (Reply.Part part : reply.parts()) {
      int index = items.size();
      JsonObject item = item(asked, part, index);
      added(events, index, part, item);
      if (part instanceof Reply.Text text) {
        for (String piece : text.pieces()) {
          events.send(
              Json.object(
                  "type",
                  "response.output_text.delta",
                  "item_id",
                  Json.text(item, "id"),
                  "output_index",
                  index,
                  "content_index",
                  0,
                  "delta",
                  piece));
          events.pause(text.pause());
        }
      }
      if (reply.end() == End.CUT || reply.end() == End.HANG) {
        return;
      }
      events.send(
          Json.object("type", "response.output_item.done", "output_index", index, "item", item));
      items.add(item);
    }
    events.send(
        Json.object("type", "response.completed", "response", response(asked, "completed", items)));
  }

  /** An item as it is before it has any content. */
  private static void added(Events events, int index, Reply.Part part, JsonObject item)
      throws IOException {
    JsonObject begun = item.deepCopy();
    begun.addProperty("status", "in_progress");
    if (part instanceof Reply.Text) {
      begun.add("content", Json.array());
    }
    events.send(
        Json.object("type", "response.output_item.added", "output_index", index, "item", begun));
  }

  private static JsonObject item(Exchange asked, Reply.Part part, int index) {
    String id = asked.turns().size() + "_" + asked.step() + "_" + index;
    return switch (part) {
      case Reply.Text text ->
          Json.object(
              "type", "message",
              "id", "msg_" + id,
              "role", "assistant",
              "status", "completed",
              "content",
                  Json.array(
                      Json.object(
                          "type", "output_text",
                          "text", text.whole(),
                          "annotations", Json.array())));
      case Reply.Thinking thinking ->
          Json.object(
              "type",
              "reasoning",
              "id",
              "rs_" + id,
              "summary",
              Json.array(Json.object("type", "summary_text", "text", thinking.text())));
      case Reply.Tool tool -> call(asked, Toolbox.call(tool.action(), asked.tools()), id, index);
    };
  }

  private static JsonObject call(Exchange asked, Call call, String id, int index) {
    JsonObject item =
        Json.object(
            "type",
            call.custom() ? "custom_tool_call" : "function_call",
            "id",
            "fc_" + id,
            "call_id",
            Dialect.callId(asked, index),
            "name",
            call.tool(),
            "status",
            "completed");
    if (call.custom()) {
      item.addProperty("input", call.input());
    } else {
      item.addProperty("arguments", call.arguments().toString());
    }
    return item;
  }

  @Override
  public JsonObject whole(Exchange asked, Reply.Stream reply) {
    var items = new ArrayList<JsonObject>();
    reply.parts().forEach(part -> items.add(item(asked, part, items.size())));
    return response(asked, "completed", items);
  }

  private static JsonObject response(Exchange asked, String status, List<JsonObject> output) {
    JsonObject response =
        Json.object(
            "id",
            "resp_" + asked.turns().size() + "_" + asked.step(),
            "object",
            "response",
            "created_at",
            0,
            "model",
            asked.model(),
            "status",
            status,
            "output",
            output);
    if (status.equals("completed")) {
      response.add(
          "usage",
          Json.object(
              "input_tokens",
              INPUT + CACHED,
              "input_tokens_details",
              Json.object("cached_tokens", CACHED),
              "output_tokens",
              OUTPUT,
              "output_tokens_details",
              Json.object("reasoning_tokens", 0),
              "total_tokens",
              INPUT + CACHED + OUTPUT));
    }
    return response;
  }

  @Override
  public JsonObject failure(int status) {
    return ChatCompletions.error(status);
  }
}

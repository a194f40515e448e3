package dev.berth.executor.provider.claude;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.AgentEvent.Part;
import dev.berth.executor.provider.AgentEvent.Text;
import dev.berth.executor.provider.AgentEvent.Todo;
import dev.berth.executor.provider.JsonLines;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Lines of {@code claude} as events. What has none is left out: states, echoes, statistics. */
final class ClaudeEvents {

  private static final String QUESTION = "AskUserQuestion";
  private static final String LIST = "TodoWrite";
  private static final double MICRO = 1_000_000;

  private ClaudeEvents() {}

  static void of(JsonNode line, Instant now, Consumer<AgentEvent> events) {
    var parent = line.path("parent_tool_use_id").asText("");
    switch (line.path("type").asText()) {
      case "system" -> system(line, now, events);
      case "stream_event" -> delta(line, parent, now, events);
      case "assistant" -> message(line, parent, now, events);
      case "user" -> results(line, parent, now, events);
      case "control_request" -> asked(line, now, events);
      case "control_cancel_request" ->
          events.accept(new AgentEvent.HumanLoopWithdrawn(now, line.path("request_id").asText()));
      case "result" -> usage(line, now, events);
      default -> {}
    }
  }

  private static void system(JsonNode line, Instant now, Consumer<AgentEvent> events) {
    switch (line.path("subtype").asText()) {
      case "init" ->
          events.accept(
              new AgentEvent.ConversationStarted(
                  now, line.path("session_id").asText(), line.path("model").asText()));
      case "api_retry" ->
          events.accept(
              new AgentEvent.Warning(
                  now,
                  "MODEL_RETRIED",
                  "The model's server answered %s; retry %d of %d."
                      .formatted(
                          line.path("error_status").asText("nothing"),
                          line.path("attempt").asInt(),
                          line.path("max_retries").asInt())));
      default -> {}
    }
  }

  private static void delta(
      JsonNode line, String parent, Instant now, Consumer<AgentEvent> events) {
    var delta = line.path("event").path("delta");
    var message = line.path("api_message_id").asText();
    switch (delta.path("type").asText()) {
      case "text_delta" ->
          events.accept(
              new AgentEvent.MessageDelta(
                  now, message, Part.TEXT, delta.path("text").asText(), parent));
      case "thinking_delta" ->
          events.accept(
              new AgentEvent.MessageDelta(
                  now, message, Part.THINKING, delta.path("thinking").asText(), parent));
      default -> {}
    }
  }

  private static void message(
      JsonNode line, String parent, Instant now, Consumer<AgentEvent> events) {
    var message = line.path("message");
    var id = message.path("id").asText();
    for (var block : message.path("content")) {
      switch (block.path("type").asText()) {
        case "text" -> events.accept(stop(now, id, Part.TEXT, block.path("text").asText(), parent));
        case "thinking" ->
            events.accept(stop(now, id, Part.THINKING, block.path("thinking").asText(), parent));
        case "tool_use" -> {
          var tool = block.path("name").asText();
          var input = block.path("input");
          events.accept(
              new AgentEvent.ToolCall(
                  now, block.path("id").asText(), tool, Text.of(JsonLines.text(input)), parent));
          if (tool.equals(LIST)) {
            events.accept(new AgentEvent.TodoUpdate(now, todos(input)));
          }
        }
        default -> {}
      }
    }
  }

  private static AgentEvent stop(
      Instant now, String message, Part part, String text, String parent) {
    return new AgentEvent.MessageStop(now, message, part, Text.of(text), parent);
  }

  private static List<Todo> todos(JsonNode input) {
    var items = new ArrayList<Todo>();
    for (var item : input.path("todos")) {
      items.add(
          new Todo(
              item.path("content").asText(),
              switch (item.path("status").asText()) {
                case "in_progress" -> Todo.Status.IN_PROGRESS;
                case "completed" -> Todo.Status.COMPLETED;
                default -> Todo.Status.PENDING;
              }));
    }
    return items;
  }

  private static void results(
      JsonNode line, String parent, Instant now, Consumer<AgentEvent> events) {
    for (var block : line.path("message").path("content")) {
      if (block.path("type").asText().equals("tool_result")) {
        events.accept(
            new AgentEvent.ToolResult(
                now,
                block.path("tool_use_id").asText(),
                Text.of(content(block.path("content"))),
                block.path("is_error").asBoolean(),
                parent));
      }
    }
  }

  /** Text, or blocks of which the texts are shown. */
  private static String content(JsonNode content) {
    return content.isArray()
        ? StreamSupport.stream(content.spliterator(), false)
            .map(block -> block.path("text").asText("[" + block.path("type").asText() + "]"))
            .collect(Collectors.joining("\n"))
        : content.asText();
  }

  private static void asked(JsonNode line, Instant now, Consumer<AgentEvent> events) {
    var request = line.path("request");
    if (!request.path("subtype").asText().equals("can_use_tool")) {
      return;
    }
    events.accept(
        new AgentEvent.HumanLoopRequested(
            now,
            line.path("request_id").asText(),
            request.path("tool_use_id").asText(),
            request.path("tool_name").asText(),
            Text.of(JsonLines.text(request.path("input"))),
            request.path("decision_reason").asText(),
            asked(questions(request))));
  }

  /** What a request asks, as it is; null for one that asks for approval. */
  static @Nullable JsonNode questions(JsonNode request) {
    return request.path("tool_name").asText().equals(QUESTION)
        ? request.path("input").path("questions")
        : null;
  }

  private static List<AgentEvent.Question> asked(@Nullable JsonNode questions) {
    var asked = new ArrayList<AgentEvent.Question>();
    if (questions != null) {
      for (var question : questions) {
        var choices = new ArrayList<AgentEvent.Choice>();
        for (var option : question.path("options")) {
          choices.add(
              new AgentEvent.Choice(
                  option.path("label").asText(), option.path("description").asText()));
        }
        asked.add(
            new AgentEvent.Question(
                question.path("question").asText(),
                question.path("header").asText(),
                choices,
                question.path("multiSelect").asBoolean()));
      }
    }
    return asked;
  }

  /** By model, as counted since the result before; {@code usage} leaves out what was cut short. */
  private static void usage(JsonNode line, Instant now, Consumer<AgentEvent> events) {
    line.path("model_usage_since_last_result")
        .properties()
        .forEach(model -> {
          var used = model.getValue();
          events.accept(
              new AgentEvent.Usage(
                  now,
                  model.getKey(),
                  used.path("inputTokens").asLong(),
                  used.path("cacheReadInputTokens").asLong(),
                  used.path("cacheCreationInputTokens").asLong(),
                  used.path("outputTokens").asLong(),
                  used.has("costUSD")
                      ? OptionalLong.of(Math.round(used.path("costUSD").asDouble() * MICRO))
                      : OptionalLong.empty()));
        });
  }
}

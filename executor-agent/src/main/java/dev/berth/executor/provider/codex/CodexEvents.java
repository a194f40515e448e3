package dev.berth.executor.provider.codex;

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
import java.util.Set;
import java.util.function.Consumer;

/** Lines of {@code codex} as events. What has none is left out: states, echoes, statistics. */
final class CodexEvents {

  /** Items that are no uses of tools. */
  private static final Set<String> WORDS = Set.of("userMessage", "agentMessage", "reasoning");

  private CodexEvents() {}

  static void of(JsonNode line, String model, Instant now, Consumer<AgentEvent> events) {
    var params = line.path("params");
    switch (line.path("method").asText()) {
      case "item/agentMessage/delta" -> events.accept(delta(params, Part.TEXT, now));
      case "item/reasoning/summaryTextDelta" -> events.accept(delta(params, Part.THINKING, now));
      case "item/started" -> started(params.path("item"), now, events);
      case "item/completed" -> completed(params.path("item"), now, events);
      case "item/commandExecution/requestApproval" -> asked(line, "commandExecution", now, events);
      case "item/fileChange/requestApproval" -> asked(line, "fileChange", now, events);
      case "item/tool/requestUserInput" -> asked(line, "requestUserInput", now, events);
      case "turn/plan/updated" ->
          events.accept(new AgentEvent.TodoUpdate(now, todos(params.path("plan"))));
      case "thread/tokenUsage/updated" ->
          events.accept(usage(params.path("tokenUsage").path("last"), model, now));
      case "error" -> {
        if (params.path("willRetry").asBoolean()) {
          events.accept(
              new AgentEvent.Warning(
                  now,
                  "MODEL_RETRIED",
                  params
                      .path("error")
                      .path("additionalDetails")
                      .asText("The model is asked again.")));
        }
      }
      default -> {}
    }
  }

  private static AgentEvent delta(JsonNode params, Part part, Instant now) {
    return new AgentEvent.MessageDelta(
        now, params.path("itemId").asText(), part, params.path("delta").asText(), "");
  }

  private static void started(JsonNode item, Instant now, Consumer<AgentEvent> events) {
    var type = item.path("type").asText();
    if (!WORDS.contains(type)) {
      events.accept(
          new AgentEvent.ToolCall(
              now, item.path("id").asText(), type, Text.of(JsonLines.text(input(item))), ""));
    }
  }

  /** What it is about: the item without what is known only later. */
  private static JsonNode input(JsonNode item) {
    var input = JsonLines.JSON.createObjectNode();
    for (var name : List.of("command", "cwd", "changes", "tool", "server", "arguments", "query")) {
      if (item.hasNonNull(name)) {
        input.set(name, item.path(name));
      }
    }
    return input;
  }

  private static void completed(JsonNode item, Instant now, Consumer<AgentEvent> events) {
    var id = item.path("id").asText();
    switch (item.path("type").asText()) {
      case "userMessage" -> {}
      case "agentMessage" ->
          events.accept(
              new AgentEvent.MessageStop(
                  now, id, Part.TEXT, Text.of(item.path("text").asText()), ""));
      case "reasoning" -> {
        var text = new StringBuilder();
        item.path("summary").forEach(piece -> text.append(piece.asText()));
        events.accept(
            new AgentEvent.MessageStop(now, id, Part.THINKING, Text.of(text.toString()), ""));
      }
      default -> {
        var status = item.path("status").asText();
        events.accept(
            new AgentEvent.ToolResult(
                now,
                id,
                Text.of(item.path("aggregatedOutput").asText(status)),
                !status.equals("completed") || item.path("exitCode").asInt() != 0,
                ""));
      }
    }
  }

  private static void asked(JsonNode line, String tool, Instant now, Consumer<AgentEvent> events) {
    var params = line.path("params");
    var questions = new ArrayList<AgentEvent.Question>();
    for (var question : params.path("questions")) {
      var choices = new ArrayList<AgentEvent.Choice>();
      for (var option : question.path("options")) {
        choices.add(
            new AgentEvent.Choice(
                option.path("label").asText(), option.path("description").asText()));
      }
      questions.add(
          new AgentEvent.Question(
              question.path("question").asText(),
              question.path("header").asText(),
              choices,
              false));
    }
    events.accept(
        new AgentEvent.HumanLoopRequested(
            now,
            line.path("id").asText(),
            params.path("itemId").asText(),
            tool,
            Text.of(JsonLines.text(input(params))),
            params.path("reason").asText(""),
            questions));
  }

  private static List<Todo> todos(JsonNode plan) {
    var items = new ArrayList<Todo>();
    for (var step : plan) {
      items.add(
          new Todo(
              step.path("step").asText(),
              switch (step.path("status").asText()) {
                case "inProgress" -> Todo.Status.IN_PROGRESS;
                case "completed" -> Todo.Status.COMPLETED;
                default -> Todo.Status.PENDING;
              }));
    }
    return items;
  }

  /** Its input counts what was read from the cache. */
  private static AgentEvent usage(JsonNode last, String model, Instant now) {
    var cached = last.path("cachedInputTokens").asLong();
    return new AgentEvent.Usage(
        now,
        model,
        Math.max(0, last.path("inputTokens").asLong() - cached),
        cached,
        last.path("cacheWriteInputTokens").asLong(),
        last.path("outputTokens").asLong(),
        OptionalLong.empty());
  }
}

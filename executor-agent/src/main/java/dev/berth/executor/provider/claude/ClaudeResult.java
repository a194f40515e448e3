package dev.berth.executor.provider.claude;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.TurnEnd.Result;

/** How a turn ended, by its {@code result}: its {@code subtype} says success of failures too. */
final class ClaudeResult {

  private ClaudeResult() {}

  static TurnEnd end(JsonNode line) {
    if (!line.path("is_error").asBoolean()) {
      return new TurnEnd(Result.COMPLETED, "completed");
    }
    var reason = line.path("terminal_reason").asText();
    if (reason.startsWith("aborted")) {
      return new TurnEnd(Result.INTERRUPTED, "interrupted");
    }
    if (reason.equals("max_turns") || line.path("subtype").asText().equals("error_max_turns")) {
      return new TurnEnd(Result.TURN_LIMIT, "it used all of its turns");
    }
    return new TurnEnd(failure(line), message(line));
  }

  private static Result failure(JsonNode line) {
    if (line.path("stop_reason").asText().equals("refusal")) {
      return Result.REFUSED;
    }
    if (line.path("api_error").asText().equals("connection_failed")) {
      return Result.MODEL_UNREACHABLE;
    }
    return switch (line.path("api_error_status").asInt()) {
      case 0 ->
          line.path("terminal_reason").asText().equals("api_error")
              ? Result.MODEL_ERROR
              : Result.PROVIDER_FAILED;
      case 401, 403 -> Result.MODEL_KEY_REFUSED;
      case 429 -> Result.MODEL_RATE_LIMITED;
      default -> Result.MODEL_ERROR;
    };
  }

  private static String message(JsonNode line) {
    var said = line.path("result").asText();
    return said.isEmpty() ? line.path("errors").path(0).asText("failed") : said;
  }
}

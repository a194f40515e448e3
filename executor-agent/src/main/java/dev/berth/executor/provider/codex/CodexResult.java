package dev.berth.executor.provider.codex;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.TurnEnd.Result;

/** How a turn ended, by its {@code turn/completed}. */
final class CodexResult {

  private CodexResult() {}

  static TurnEnd end(JsonNode turn) {
    return switch (turn.path("status").asText()) {
      case "completed" -> new TurnEnd(Result.COMPLETED, "completed");
      case "interrupted" -> new TurnEnd(Result.INTERRUPTED, "interrupted");
      default -> {
        var error = turn.path("error");
        yield new TurnEnd(failure(error.path("codexErrorInfo")), error.path("message").asText());
      }
    };
  }

  /** A word, or an object of one name that may hold the status of an answer. */
  private static Result failure(JsonNode info) {
    var kind = info.isObject() && !info.isEmpty() ? info.fieldNames().next() : info.asText();
    return switch (info.path(kind).path("httpStatusCode").asInt()) {
      case 0 ->
          switch (kind) {
            case "httpConnectionFailed", "responseStreamConnectionFailed" ->
                Result.MODEL_UNREACHABLE;
            case "unauthorized" -> Result.MODEL_KEY_REFUSED;
            case "usageLimitExceeded" -> Result.MODEL_RATE_LIMITED;
            default -> Result.MODEL_ERROR;
          };
      case 401, 403 -> Result.MODEL_KEY_REFUSED;
      case 429 -> Result.MODEL_RATE_LIMITED;
      default -> Result.MODEL_ERROR;
    };
  }
}

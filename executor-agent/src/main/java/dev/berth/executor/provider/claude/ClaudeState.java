package dev.berth.executor.provider.claude;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.TurnEnd;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a conversation with {@code claude} behind what it printed.
 *
 * @param open what it waits for, by request
 * @param end how its turn ended; null while it has not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ClaudeState(Map<String, Open> open, @Nullable TurnEnd end) {

  /** More, or longer ones, only a program asks that is none of ours: they cannot be answered. */
  private static final int MOST_OPEN = 100;

  private static final int LONGEST_ID = 256;
  private static final int LONGEST_QUESTIONS = 64 << 10;

  static final ClaudeState BEGIN = new ClaudeState(Map.of(), null);

  /**
   * A request that was not seen answered.
   *
   * @param questions null for an approval
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Open(String call, @Nullable JsonNode questions) {}

  ClaudeState asked(String request, Open what) {
    if (open.size() >= MOST_OPEN
        || request.length() > LONGEST_ID
        || what.call().length() > LONGEST_ID
        || (what.questions() != null && what.questions().toString().length() > LONGEST_QUESTIONS)) {
      return this;
    }
    var more = new LinkedHashMap<>(open);
    more.put(request, what);
    return new ClaudeState(more, end);
  }

  ClaudeState withdrawn(String request) {
    var fewer = new LinkedHashMap<>(open);
    return fewer.remove(request) == null ? this : new ClaudeState(fewer, end);
  }

  /** Its tool was run, or refused: nothing about it is open. */
  ClaudeState done(String call) {
    var fewer = new LinkedHashMap<>(open);
    return fewer.values().removeIf(one -> one.call().equals(call))
        ? new ClaudeState(fewer, end)
        : this;
  }

  ClaudeState ended(TurnEnd how) {
    return new ClaudeState(Map.of(), how);
  }
}

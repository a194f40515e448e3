package dev.berth.executor.provider.codex;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.berth.executor.provider.TurnEnd;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a conversation with {@code codex} behind what it printed.
 *
 * @param thread its name of the conversation; empty while it has not said it
 * @param turn its name of the turn; empty while it has not said it
 * @param open what it waits for, by request
 * @param end how its turn ended; null while it has not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record CodexState(
    String thread, String model, String turn, Map<String, Open> open, @Nullable TurnEnd end) {

  /** More, or longer ones, only a program asks that is none of ours: they cannot be answered. */
  private static final int MOST_OPEN = 100;

  private static final int LONGEST = 16 << 10;
  private static final int LONGEST_NAME = 256;

  static final CodexState BEGIN = new CodexState("", "", "", Map.of(), null);

  /**
   * A request that was not seen answered.
   *
   * @param id as the protocol has it
   * @param questions their texts and ids; null for an approval
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Open(long id, @Nullable Map<String, String> questions) {}

  CodexState thread(String name, String of) {
    return new CodexState(bounded(name), bounded(of), turn, open, end);
  }

  CodexState turn(String name) {
    return new CodexState(thread, model, bounded(name), open, end);
  }

  private static String bounded(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
  }

  CodexState asked(String request, Open what) {
    if (open.size() >= MOST_OPEN
        || request.length() > LONGEST_NAME
        || (what.questions() != null && what.questions().toString().length() > LONGEST)) {
      return this;
    }
    var more = new LinkedHashMap<>(open);
    more.put(request, what);
    return new CodexState(thread, model, turn, more, end);
  }

  CodexState done(String request) {
    var fewer = new LinkedHashMap<>(open);
    return fewer.remove(request) == null ? this : new CodexState(thread, model, turn, fewer, end);
  }

  CodexState ended(TurnEnd how) {
    return new CodexState(thread, model, turn, Map.of(), how);
  }
}

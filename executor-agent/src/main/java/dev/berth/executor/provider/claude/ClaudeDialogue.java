package dev.berth.executor.provider.claude;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.JsonDialogue;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.Utterance;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** A conversation with {@code claude}: its lines as events, and what they leave behind. */
final class ClaudeDialogue extends JsonDialogue<ClaudeState> {

  ClaudeDialogue(byte[] state) {
    super(ClaudeState.BEGIN, state);
  }

  @Override
  protected ClaudeState line(
      ClaudeState state, JsonNode line, Instant now, Consumer<AgentEvent> events) {
    ClaudeEvents.of(line, now, events);
    return switch (line.path("type").asText()) {
      case "control_request" -> asked(state, line);
      case "control_cancel_request" -> state.withdrawn(line.path("request_id").asText());
      case "user" -> {
        var done = state;
        for (var block : line.path("message").path("content")) {
          done = done.done(block.path("tool_use_id").asText());
        }
        yield done;
      }
      case "result" -> state.ended(ClaudeResult.end(line));
      default -> state;
    };
  }

  private static ClaudeState asked(ClaudeState state, JsonNode line) {
    var request = line.path("request");
    return request.path("subtype").asText().equals("can_use_tool")
        ? state.asked(
            line.path("request_id").asText(),
            new ClaudeState.Open(
                request.path("tool_use_id").asText(), ClaudeEvents.questions(request)))
        : state;
  }

  @Override
  public Optional<byte[]> words(Utterance utterance) {
    if (known().end() != null) {
      return Optional.empty();
    }
    return switch (utterance) {
      case Utterance.Prompt prompt -> Optional.of(ClaudeWords.prompt(prompt.text()));
      case Utterance.Interrupt interrupt -> Optional.of(ClaudeWords.interrupt(interrupt.id()));
      case Utterance.Answer answer ->
          Optional.ofNullable(known().open().get(answer.request()))
              .map(open -> ClaudeWords.answer(answer, open.questions()));
    };
  }

  @Override
  public Optional<TurnEnd> end() {
    return Optional.ofNullable(known().end());
  }
}

package dev.berth.executor.provider.codex;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.JsonDialogue;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.TurnEnd.Result;
import dev.berth.executor.provider.Utterance;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.Consumer;

/** A conversation with {@code codex}: its lines as events, and what they leave behind. */
final class CodexDialogue extends JsonDialogue<CodexState> {

  private final String prompt;

  CodexDialogue(String prompt, byte[] state) {
    super(CodexState.BEGIN, state);
    this.prompt = prompt;
  }

  @Override
  protected CodexState line(
      CodexState state, JsonNode line, Instant now, Consumer<AgentEvent> events) {
    var method = line.path("method").asText();
    if (method.isEmpty()) {
      return answered(state, line, now, events);
    }
    CodexEvents.of(line, state.model(), now, events);
    if (line.has("id")) {
      return asked(state, line);
    }
    var params = line.path("params");
    return switch (method) {
      case "turn/started" -> state.turn(params.path("turn").path("id").asText());
      case "serverRequest/resolved" -> state.done(params.path("requestId").asText());
      case "turn/completed" -> state.ended(CodexResult.end(params.path("turn")));
      default -> state;
    };
  }

  /** What it answers to our own words. */
  private static CodexState answered(
      CodexState state, JsonNode line, Instant now, Consumer<AgentEvent> events) {
    var number = line.path("id").asInt();
    if (line.has("error") && number > 0 && number <= CodexWords.TURN) {
      return state.ended(
          new TurnEnd(Result.PROVIDER_FAILED, line.path("error").path("message").asText()));
    }
    if (number != CodexWords.THREAD) {
      return state;
    }
    var result = line.path("result");
    var begun =
        state.thread(
            result.path("thread").path("id").asText(),
            result.path("model").asText(result.path("thread").path("model").asText()));
    events.accept(new AgentEvent.ConversationStarted(now, begun.thread(), begun.model()));
    return begun;
  }

  private static CodexState asked(CodexState state, JsonNode line) {
    var questions = line.path("params").path("questions");
    LinkedHashMap<String, String> ids = null;
    if (questions.isArray()) {
      ids = new LinkedHashMap<>();
      for (var question : questions) {
        ids.put(question.path("question").asText(), question.path("id").asText());
      }
    }
    return state.asked(
        line.path("id").asText(), new CodexState.Open(line.path("id").asLong(), ids));
  }

  @Override
  public Optional<byte[]> words(Utterance utterance) {
    if (known().end() != null) {
      return Optional.empty();
    }
    return switch (utterance) {
      case Utterance.Prompt _ -> Optional.empty();
      case Utterance.Interrupt interrupt ->
          known().turn().isEmpty()
              ? Optional.empty()
              : Optional.of(CodexWords.interrupt(interrupt.id(), known().thread(), known().turn()));
      case Utterance.Answer answer ->
          Optional.ofNullable(known().open().get(answer.request()))
              .map(open -> CodexWords.answer(open, answer));
    };
  }

  @Override
  public Optional<Own> own() {
    return known().thread().isEmpty()
        ? Optional.empty()
        : Optional.of(new Own(1, CodexWords.turn(known().thread(), prompt)));
  }

  @Override
  public Optional<TurnEnd> end() {
    return Optional.ofNullable(known().end());
  }
}

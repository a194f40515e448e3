package dev.berth.executor.provider.codex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.TurnEnd.Result;
import dev.berth.executor.provider.Utterance.Interrupt;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told to the program by what it printed, and how its turns end. */
class CodexDialogueTest {

  private static final String THREAD =
      "{\"id\":2,\"result\":{\"thread\":{\"id\":\"thr\",\"model\":\"m\"}}}";

  private final CodexProvider codex = new CodexProvider();
  private final List<AgentEvent> events = new ArrayList<>();
  private Dialogue dialogue = codex.dialogue("do it", new byte[0]);

  /** By way of its state, as an agent that fell in between. */
  private void printed(String line) {
    var bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    assertThat(
            dialogue.read(
                JournalStream.OUT, bytes, 0, bytes.length, false, Instant.EPOCH, events::add))
        .isEqualTo(bytes.length);
    dialogue = codex.dialogue("do it", dialogue.state());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void theTurnIsBegun_onceTheConversationHasAName() {
    assertThat(dialogue.own()).isEmpty();
    printed(THREAD);

    assertThat(dialogue.own())
        .hasValueSatisfying(own -> {
          assertThat(own.number()).isEqualTo(1);
          assertThat(text(own.bytes()))
              .contains("turn/start", "\"threadId\":\"thr\"", "do it")
              .endsWith("\n");
        });
    assertThat(events)
        .containsExactly(new AgentEvent.ConversationStarted(Instant.EPOCH, "thr", "m"));
  }

  @Test
  void anInterrupt_namesTheTurn_andThereIsNoneBefore() {
    printed(THREAD);
    assertThat(dialogue.words(new Interrupt("i"))).isEmpty();
    printed("{\"method\":\"turn/started\",\"params\":{\"turn\":{\"id\":\"t1\"}}}");

    assertThat(dialogue.words(new Interrupt("i")))
        .hasValueSatisfying(
            bytes -> assertThat(text(bytes)).contains("turn/interrupt", "\"turnId\":\"t1\""));
  }

  @Test
  void aGreetingThatIsRefused_endsTheTurn() {
    printed("{\"id\":2,\"error\":{\"code\":-32600,\"message\":\"no such thread\"}}");

    assertThat(dialogue.end()).hasValue(new TurnEnd(Result.PROVIDER_FAILED, "no such thread"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"httpConnectionFailed\":{\"httpStatusCode\":401}} | MODEL_KEY_REFUSED",
        "{\"responseTooManyFailedAttempts\":{\"httpStatusCode\":429}} | MODEL_RATE_LIMITED",
        "{\"responseStreamDisconnected\":{\"httpStatusCode\":null}} | MODEL_ERROR",
        "{\"httpConnectionFailed\":{\"httpStatusCode\":null}} | MODEL_UNREACHABLE",
        "\"usageLimitExceeded\" | MODEL_RATE_LIMITED",
        "{} | MODEL_ERROR",
        "7 | MODEL_ERROR",
      })
  void failuresAreToldApart(String info, Result result) {
    printed(
        "{\"method\":\"turn/completed\",\"params\":{\"turn\":{\"status\":\"failed\",\"error\":"
            + "{\"message\":\"m\",\"codexErrorInfo\":"
            + info
            + "}}}}");

    assertThat(dialogue.end()).hasValue(new TurnEnd(result, "m"));
  }
}

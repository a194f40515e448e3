package dev.berth.executor.provider.claude;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.provider.AgentEvent.HumanLoopRequested;
import dev.berth.executor.provider.AgentEvent.MessageDelta;
import dev.berth.executor.provider.AgentEvent.Usage;
import dev.berth.executor.provider.AgentEvent.Warning;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.TurnEnd;
import dev.berth.executor.provider.Utterance.Answer;
import dev.berth.executor.provider.Utterance.Interrupt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the program once printed, read in every way an agent may read it. */
class ClaudeDialogueTest {

  private static final Instant NOW = Instant.EPOCH;

  /** As recorded of version 2.1.329. */
  private final byte[] printed = recorded();

  private static byte[] recorded() {
    try (var in = ClaudeDialogueTest.class.getResourceAsStream("question.jsonl")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Dialogue dialogue(byte[] state) {
    return new ClaudeProvider().dialogue("", state);
  }

  private static Dialogue fresh() {
    return dialogue(new byte[0]);
  }

  private static int read(
      Dialogue dialogue,
      byte[] bytes,
      int from,
      int to,
      boolean complete,
      List<AgentEvent> events) {
    return dialogue.read(JournalStream.OUT, bytes, from, to, complete, NOW, events::add);
  }

  private static int read(Dialogue dialogue, String text, List<AgentEvent> events) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return read(dialogue, bytes, 0, bytes.length, false, events);
  }

  /** Deltas of a message as one: how many there are depends on how many bytes were there. */
  private static List<Object> whole(List<AgentEvent> events) {
    var whole = new ArrayList<Object>();
    for (var event : events) {
      if (event instanceof MessageDelta delta) {
        if (!whole.isEmpty() && whole.getLast() instanceof StringBuilder text) {
          text.append(delta.text());
        } else {
          whole.add(new StringBuilder(delta.text()));
        }
      } else {
        whole.add(event);
      }
    }
    return whole.stream().map(Object::toString).map(Object.class::cast).toList();
  }

  @Test
  void readInPieces_andTakenUpFromItsState_itSaysTheSame() {
    var atOnce = new ArrayList<AgentEvent>();
    var first = fresh();
    assertThat(read(first, printed, 0, printed.length, true, atOnce)).isEqualTo(printed.length);
    var random = new Random(7);
    for (int round = 0; round < 50; round++) {
      var events = new ArrayList<AgentEvent>();
      var dialogue = fresh();
      int at = 0;
      int to = 0;
      while (at < printed.length) {
        to = Math.min(printed.length, to + 1 + random.nextInt(2_000));
        at += read(dialogue, printed, at, to, false, events);
        dialogue = dialogue(dialogue.state());
      }
      assertThat(whole(events)).isEqualTo(whole(atOnce));
      assertThat(dialogue.end()).isEqualTo(first.end());
    }
  }

  @Test
  void aQuestion_canBeAnswered_untilItsTurnIsOver() {
    var events = new ArrayList<AgentEvent>();
    int asked = new String(printed, StandardCharsets.UTF_8).indexOf("control_request");
    int behind = lineEnd(asked);
    var dialogue = fresh();
    read(dialogue, printed, 0, behind, false, events);
    var request =
        events.stream()
            .filter(HumanLoopRequested.class::isInstance)
            .map(HumanLoopRequested.class::cast)
            .findFirst()
            .orElseThrow();
    var answer = new Answer(request.request(), true, "", Map.of("Which colour?", "red"));
    assertThat(dialogue(dialogue.state()).words(answer))
        .hasValueSatisfying(bytes ->
            assertThat(new String(bytes, StandardCharsets.UTF_8))
                .contains("\"behavior\":\"allow\"", "\"answers\":{\"Which colour?\":\"red\"}")
                .endsWith("}}}\n"));
    assertThat(dialogue.words(new Answer("another", true, "", Map.of()))).isEmpty();
    assertThat(dialogue.end()).isEmpty();

    read(dialogue, printed, behind, printed.length, true, events);

    assertThat(dialogue.end())
        .hasValueSatisfying(end -> assertThat(end.result()).isEqualTo(TurnEnd.Result.COMPLETED));
    assertThat(dialogue.words(answer)).isEmpty();
    assertThat(dialogue.words(new Interrupt("i"))).isEmpty();
    assertThat(events).filteredOn(Usage.class::isInstance).hasSize(1);
  }

  private int lineEnd(int from) {
    int end = from;
    while (printed[end] != '\n') {
      end++;
    }
    return end + 1;
  }

  @Test
  void aLineThatIsNoJson_isLogged_andNothingIsLostBehindIt() {
    var events = new ArrayList<AgentEvent>();
    var dialogue = fresh();
    read(dialogue, "warning: odd\n{\"type\":\"result\",\"is_error\":false}\n", events);

    assertThat(events).singleElement().isInstanceOf(AgentEvent.Log.class);
    assertThat(dialogue.end()).isPresent();
  }

  @Test
  void aLineWithoutEnd_isLeftOut_alsoByWhoeverTakesItUp() {
    var events = new ArrayList<AgentEvent>();
    var bytes = new byte[Dialogue.LONGEST];
    var dialogue = fresh();
    assertThat(read(dialogue, bytes, 0, bytes.length - 1, false, events)).isZero();
    assertThat(read(dialogue, bytes, 0, bytes.length, false, events)).isEqualTo(bytes.length);
    assertThat(events).singleElement().isInstanceOf(Warning.class);
    dialogue = dialogue(dialogue.state());

    read(dialogue, "the rest of it\n{\"type\":\"result\",\"is_error\":false}\n", events);

    assertThat(events).hasSize(1);
    assertThat(dialogue.end()).isPresent();
  }

  @Test
  void aProgramThatAsksWithoutEnd_fillsNoMemory() {
    var dialogue = fresh();
    for (int i = 0; i < 1_000; i++) {
      read(
          dialogue,
          ("{\"type\":\"control_request\",\"request_id\":\"r%d\",\"request\":{\"subtype\":"
                  + "\"can_use_tool\",\"tool_name\":\"Bash\",\"input\":{},\"tool_use_id\":\"c%d\"}}\n")
              .formatted(i, i),
          new ArrayList<>());
    }
    assertThat(dialogue.state().length).isLessThan(10_000);
  }
}

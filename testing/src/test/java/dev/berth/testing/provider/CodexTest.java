package dev.berth.testing.provider;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.executor.process.EndReason;
import dev.berth.executor.provider.AgentEvent.ConversationStarted;
import dev.berth.executor.provider.AgentEvent.HumanLoopRequested;
import dev.berth.executor.provider.AgentEvent.MessageDelta;
import dev.berth.executor.provider.AgentEvent.Todo;
import dev.berth.executor.provider.AgentEvent.Todo.Status;
import dev.berth.executor.provider.AgentEvent.TodoUpdate;
import dev.berth.executor.provider.AgentEvent.ToolCall;
import dev.berth.executor.provider.AgentEvent.ToolResult;
import dev.berth.executor.provider.AgentEvent.Usage;
import dev.berth.executor.provider.Utterance.Answer;
import dev.berth.executor.provider.Utterance.Interrupt;
import dev.berth.executor.provider.codex.CodexProvider;
import dev.berth.testing.model.StubModel;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real program in a real sandbox without any network, against a scripted model. */
@Timeout(120)
class CodexTest {
  private static final CodexProvider codex = new CodexProvider();
  private static AgentBox box;

  @BeforeAll
  static void start() throws Exception {
    box = new AgentBox(codex);
    // one that it does not know: those it knows have it use tools of its own server's kind
    box.modelName = "scripted";
  }

  @BeforeEach
  void renew() throws Exception {
    box.renew();
  }

  @AfterAll
  static void stop() throws Exception {
    if (box != null) {
      box.close();
    }
  }

  private void begin(String prompt) throws Exception {
    box.start(codex.start(box.turn(UUID.randomUUID(), prompt)));
  }

  @Test
  void writesAFile_onceAllowed_andFinishes() throws Exception {
    begin("[[write hello.txt hi there]]");
    var asked = box.first(HumanLoopRequested.class);
    assertThat(asked.input().text()).contains("hello.txt");
    assertThat(Files.exists(box.workspace().resolve("hello.txt"))).isFalse();
    assertThat(box.tell(new Answer(asked.request(), true, "", Map.of()))).isEmpty();

    AttemptEnd end = box.end();
    assertThat(end.message()).isEqualTo("completed");
    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(Files.readString(box.workspace().resolve("hello.txt"))).isEqualTo("hi there\n");
    assertThat(box.first(ToolCall.class).call()).isEqualTo(asked.call());
    assertThat(box.first(ToolResult.class).failed()).isFalse();
    assertThat(box.messages()).first().isEqualTo("I write hello.txt.");
    assertThat(box.all(Usage.class).mapToLong(Usage::input).sum())
        .isEqualTo(2L * StubModel.INPUT_TOKENS);
    assertThat(box.all(Usage.class).mapToLong(Usage::cacheRead).sum())
        .isEqualTo(2L * StubModel.CACHED_TOKENS);
    assertThat(box.model.asked()).allMatch(one -> one.key().equals("worth-nothing"));
  }

  @Test
  void whatIsDenied_isNotDone() throws Exception {
    begin("[[run touch no.txt]]");
    var asked = box.first(HumanLoopRequested.class);
    box.tell(new Answer(asked.request(), false, "not today", Map.of()));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(Files.exists(box.workspace().resolve("no.txt"))).isFalse();
    assertThat(box.first(ToolResult.class).failed()).isTrue();
  }

  @Test
  void aQuestion_isAnswered_andTheAnswerReachesTheModel() throws Exception {
    begin("[[ask Which colour?|red|blue]]");
    var asked = box.first(HumanLoopRequested.class);
    assertThat(asked.questions().getFirst().choices())
        .extracting("label")
        .containsExactly("red", "blue");
    box.tell(new Answer(asked.request(), true, "", Map.of("Which colour?", "blue")));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.messages().getLast()).contains("\"blue\"");
  }

  @Test
  void theListOfThingsToDo_isToldWholeEachTime() throws Exception {
    assertThat(box.plays("[[todo]]").message()).isEqualTo("completed");

    assertThat(box.all(TodoUpdate.class).map(TodoUpdate::items))
        .containsExactly(
            List.of(new Todo("Look", Status.IN_PROGRESS), new Todo("Leap", Status.PENDING)),
            List.of(new Todo("Look", Status.COMPLETED), new Todo("Leap", Status.IN_PROGRESS)));
  }

  @Test
  void anInterrupt_endsTheTurnInTheMiddleOfASentence() throws Exception {
    begin("[[slow 1000 50]]");
    box.first(MessageDelta.class);
    assertThat(box.tell(new Interrupt("stop-1"))).isEmpty();

    assertThat(box.end().reason()).isEqualTo(EndReason.INTERRUPTED);
  }

  @Test
  void anInterrupt_endsTheTurnInTheMiddleOfATool() throws Exception {
    begin("[[run touch begun; while :; do sleep 0.1; done]]");
    var asked = box.first(HumanLoopRequested.class);
    box.tell(new Answer(asked.request(), true, "", Map.of()));
    await().until(() -> Files.exists(box.workspace().resolve("begun")));
    box.tell(new Interrupt("stop-1"));

    assertThat(box.end().reason()).isEqualTo(EndReason.INTERRUPTED);
  }

  @Test
  void aConversationGoesOn_inAnotherContainer() throws Exception {
    begin("[[say one]]");
    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    var conversation = box.first(ConversationStarted.class).conversation();
    box.replace();

    box.start(codex.resume(box.turn(UUID.fromString(conversation), "[[recall]]")));

    assertThat(box.end().message()).isEqualTo("completed");
    assertThat(box.messages()).containsExactly("I recall 1: say one");
    assertThat(box.first(ConversationStarted.class).conversation()).isEqualTo(conversation);
  }

  @Test
  void anAgentThatFalls_losesNothing_andSaysItsOwnWordsOnce() throws Exception {
    begin("[[slow 60 50]]");
    box.first(ConversationStarted.class);
    box.restart();
    for (int falls = 0; falls < 3; falls++) {
      int heard = falls;
      await().until(() -> box.all(MessageDelta.class).count() > 5L * heard);
      box.restart();
    }

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.all(MessageDelta.class).map(MessageDelta::text).collect(joining()))
        .isEqualTo("tick ".repeat(60));
    assertThat(box.model.turns()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "[[error 401]], MODEL_KEY_REFUSED",
    "[[error 429]], MODEL_RATE_LIMITED",
    "[[error 500]], MODEL_ERROR",
    "[[cut]], MODEL_ERROR",
  })
  void failuresOfTheModel_areToldApart(String prompt, EndReason reason) throws Exception {
    AttemptEnd end = box.plays(prompt);

    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(end.reason()).isEqualTo(reason);
  }
}

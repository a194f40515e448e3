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
import dev.berth.executor.provider.AgentEvent.Question;
import dev.berth.executor.provider.AgentEvent.Todo;
import dev.berth.executor.provider.AgentEvent.Todo.Status;
import dev.berth.executor.provider.AgentEvent.TodoUpdate;
import dev.berth.executor.provider.AgentEvent.ToolCall;
import dev.berth.executor.provider.AgentEvent.ToolResult;
import dev.berth.executor.provider.AgentEvent.Usage;
import dev.berth.executor.provider.AgentEvent.Warning;
import dev.berth.executor.provider.Turn.PermissionMode;
import dev.berth.executor.provider.Utterance.Answer;
import dev.berth.executor.provider.Utterance.Interrupt;
import dev.berth.executor.provider.claude.ClaudeProvider;
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
class ClaudeCodeTest {
  private static final ClaudeProvider claude = new ClaudeProvider();
  private static AgentBox box;

  @BeforeAll
  static void start() throws Exception {
    box = new AgentBox(claude);
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

  @Test
  void writesAFile_onceAllowed_andFinishes() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[write hello.txt hi there]]")));
    var asked = box.first(HumanLoopRequested.class);
    assertThat(asked.tool()).isEqualTo("Write");
    assertThat(asked.input().text()).contains("/workspace/hello.txt");
    assertThat(asked.questions()).isEmpty();
    assertThat(Files.exists(box.workspace().resolve("hello.txt"))).isFalse();

    assertThat(box.tell(new Answer(asked.request(), true, "", Map.of()))).isEmpty();

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.end().reason()).isEqualTo(EndReason.COMPLETED);
    assertThat(Files.readString(box.workspace().resolve("hello.txt"))).isEqualTo("hi there\n");
    assertThat(box.first(ToolCall.class).call()).isEqualTo(asked.call());
    assertThat(box.first(ToolResult.class).failed()).isFalse();
    assertThat(box.messages()).first().isEqualTo("I write hello.txt.");
    assertThat(box.all(MessageDelta.class)).isNotEmpty();
    var used = box.first(Usage.class);
    assertThat(used.input()).isEqualTo(2L * StubModel.INPUT_TOKENS);
    assertThat(used.cacheRead()).isEqualTo(2L * StubModel.CACHED_TOKENS);
    assertThat(used.output()).isEqualTo(2L * StubModel.OUTPUT_TOKENS);
    assertThat(used.microUsd()).isPresent();
    assertThat(box.model.asked()).allMatch(one -> one.key().equals("worth-nothing"));
  }

  @Test
  void whatIsDenied_isNotDone_andTheAgentIsToldWhy() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[write no.txt x]]")));
    var asked = box.first(HumanLoopRequested.class);
    box.tell(new Answer(asked.request(), false, "not today", Map.of()));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(Files.exists(box.workspace().resolve("no.txt"))).isFalse();
    assertThat(box.first(ToolResult.class).failed()).isTrue();
    assertThat(box.messages().getLast()).startsWith("The tool says: not today");
  }

  @Test
  void aQuestion_isAnswered_andTheAnswerReachesTheModel() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[ask Which colour?|red|blue]]")));
    var asked = box.first(HumanLoopRequested.class);
    Question question = asked.questions().getFirst();
    assertThat(question.question()).isEqualTo("Which colour?");
    assertThat(question.choices()).extracting("label").containsExactly("red", "blue");
    box.tell(new Answer(asked.request(), true, "", Map.of("Which colour?", "blue")));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.messages().getLast()).contains("\"Which colour?\"=\"blue\"");
  }

  @Test
  void theListOfThingsToDo_isToldWholeEachTime() throws Exception {
    assertThat(box.plays("[[todo]]")).extracting(AttemptEnd::message).isEqualTo("completed");

    assertThat(box.all(TodoUpdate.class).map(TodoUpdate::items))
        .containsExactly(
            List.of(new Todo("Look", Status.IN_PROGRESS), new Todo("Leap", Status.PENDING)),
            List.of(new Todo("Look", Status.COMPLETED), new Todo("Leap", Status.IN_PROGRESS)));
  }

  @Test
  void anInterrupt_endsTheTurnInTheMiddleOfASentence() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[slow 1000 50]]")));
    box.first(MessageDelta.class);
    assertThat(box.tell(new Interrupt("stop-1"))).isEmpty();

    AttemptEnd end = box.end();
    assertThat(end.outcome()).isEqualTo(Outcome.CANCELED);
    assertThat(end.reason()).isEqualTo(EndReason.INTERRUPTED);
  }

  @Test
  void anInterrupt_endsTheTurnInTheMiddleOfATool() throws Exception {
    box.start(
        claude.start(
            box.turn(UUID.randomUUID(), "[[run touch begun; while :; do sleep 0.1; done]]")));
    var asked = box.first(HumanLoopRequested.class);
    box.tell(new Answer(asked.request(), true, "", Map.of()));
    await().until(() -> Files.exists(box.workspace().resolve("begun")));
    box.tell(new Interrupt("stop-1"));

    assertThat(box.end().reason()).isEqualTo(EndReason.INTERRUPTED);
  }

  @Test
  void aConversationGoesOn_inAnotherContainer() throws Exception {
    var conversation = UUID.randomUUID();
    box.start(claude.start(box.turn(conversation, "[[say one]]")));
    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.first(ConversationStarted.class).conversation())
        .isEqualTo(conversation.toString());
    box.replace();

    box.start(claude.resume(box.turn(conversation, "[[recall]]")));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.messages()).containsExactly("I recall 1: say one");
    assertThat(box.first(ConversationStarted.class).conversation())
        .isEqualTo(conversation.toString());
  }

  @Test
  void anAgentThatFalls_whileAPersonIsAsked_losesNothing_andAnswersOnce() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[write kept.txt kept]]")));
    var asked = box.first(HumanLoopRequested.class);
    box.restart();
    var answer = new Answer(asked.request(), true, "", Map.of());
    assertThat(box.tell(answer)).isEmpty();
    box.restart();
    assertThat(box.tellAgain(answer)).isEmpty();

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(Files.readString(box.workspace().resolve("kept.txt"))).isEqualTo("kept\n");
    assertThat(box.all(ToolCall.class)).hasSize(1);
    assertThat(box.all(ToolResult.class)).hasSize(1);
    assertThat(box.all(Usage.class)).hasSize(1);
  }

  @Test
  void anAnswerToWhatWasNotAsked_isNotGiven() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[slow 100 50]]")));
    box.first(MessageDelta.class);
    assertThat(box.tell(new Answer("nobody-asked", true, "", Map.of()))).isNotEmpty();
    box.tell(new Interrupt("stop-1"));
    box.end();
  }

  @Test
  void anAgentThatFalls_inTheMiddleOfASentence_losesNoWord_andDoublesNone() throws Exception {
    box.start(claude.start(box.turn(UUID.randomUUID(), "[[slow 60 50]]")));
    for (int falls = 0; falls < 3; falls++) {
      int heard = falls;
      await().until(() -> box.all(MessageDelta.class).count() > 5L * heard);
      box.restart();
    }

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.all(MessageDelta.class).map(MessageDelta::text).collect(joining()))
        .isEqualTo("tick ".repeat(60))
        .isEqualTo(box.messages().getFirst());
  }

  @Test
  void aProgramThatIsKilled_fails_andItsConversationGoesOn() throws Exception {
    var conversation = UUID.randomUUID();
    box.start(claude.start(box.turn(conversation, "[[slow 1000 50]]")));
    box.first(MessageDelta.class);
    box.killAll("claude");
    AttemptEnd end = box.end();
    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(end.reason()).isEqualTo(EndReason.PROVIDER_FAILED);
    assertThat(end.signal()).isEqualTo(9);

    box.start(claude.resume(box.turn(conversation, "[[recall]]")));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.messages()).containsExactly("I recall 1: slow 1000 50");
  }

  @Test
  void whoIsAllowedAll_isNotAsked() throws Exception {
    var asks = box.turn(UUID.randomUUID(), "[[write all.txt x]]");
    box.start(claude.start(asks.with(PermissionMode.ALLOW)));

    assertThat(box.end().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(box.all(HumanLoopRequested.class)).isEmpty();
    assertThat(Files.readString(box.workspace().resolve("all.txt"))).isEqualTo("x\n");
  }

  @Test
  void aModelThatIsNotThere_isToldApart() throws Exception {
    box.model.close();

    assertThat(box.plays("[[say x]]").reason()).isEqualTo(EndReason.MODEL_UNREACHABLE);
  }

  /** What came before the break is all that comes, and the program calls that a whole answer. */
  @Test
  void aStreamThatBreaks_isTriedAgain_andThatIsTold() throws Exception {
    box.plays("[[cut]]");

    assertThat(box.all(Warning.class).map(Warning::code))
        .isNotEmpty()
        .containsOnly("MODEL_RETRIED");
    assertThat(box.messages()).containsExactly("This breaks off");
  }

  @ParameterizedTest
  @CsvSource({
    "[[error 400]], MODEL_ERROR",
    "[[error 401]], MODEL_KEY_REFUSED",
    "[[error 429]], MODEL_RATE_LIMITED",
    "[[error 500]], MODEL_ERROR",
    "[[refuse]], REFUSED",
  })
  void failuresOfTheModel_areToldApart(String prompt, EndReason reason) throws Exception {
    AttemptEnd end = box.plays(prompt);

    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(end.reason()).isEqualTo(reason);
    assertThat(end.message()).isNotEmpty();
  }
}

package dev.berth.controlplane.run;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.provider.AgentJson;
import dev.berth.controlplane.provider.AgentProvider;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.v1.Turn;
import dev.berth.v1.AgentSpec;
import dev.berth.v1.ConversationStarted;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.McpServer;
import dev.berth.v1.PermissionMode;
import dev.berth.v1.Run;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SendRunInputRequest;
import java.util.List;
import java.util.Map;
import org.jooq.JSONB;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that are turns of a conversation. */
final class AgentRunsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();
  private final SessionId session = fixture.readySession(executor);

  @BeforeEach
  void haveAgents() {
    var takesAll =
        new AgentProvider(
            "clever", List.of("system_prompt", "mcp_servers"), Map.of("effort", List.of("low")));
    var takesLittle = new AgentProvider("plain", List.of(), Map.of());
    berth
        .sql()
        .update(EXECUTOR)
        .set(EXECUTOR.PROVIDERS, new String[] {"exec", "clever", "plain"})
        .set(
            EXECUTOR.AGENT_PROVIDERS,
            JSONB.valueOf(AgentJson.providers(List.of(takesAll, takesLittle))))
        .where(EXECUTOR.ID.eq(executor))
        .execute();
  }

  private static AgentSpec.Builder asks(String prompt) {
    return AgentSpec.newBuilder().setPrompt(prompt);
  }

  private static RunSpec.Builder spec(String provider, AgentSpec.Builder agent) {
    return RunSpec.newBuilder().setProvider(provider).setAgent(agent);
  }

  private Run create(SessionId in, RunSpec.Builder spec) {
    var request = CreateRunRequest.newBuilder().setSessionId(in.toString()).setSpec(spec).build();
    return fixture.stub().createRun(request).getRun();
  }

  private StartRun ordered() {
    fixture.dispatch();
    return berth.bean(AttemptLink.class).outstanding(executor).stream()
        .filter(order -> order.message().hasStartRun())
        .map(order -> order.message().getStartRun())
        .findFirst()
        .orElseThrow();
  }

  /** The program says what it calls its conversation, and is done. */
  private void plays(Run run, String name) throws Exception {
    var begun =
        AgentEvent.newBuilder()
            .setConversationStarted(
                ConversationStarted.newBuilder().setProviderConversationId(name))
            .build();
    try (FakeExecutor peer = fixture.peer(executor)) {
      var started = peer.publish(FakeExecutor.started(run));
      var told = peer.publish(FakeExecutor.batch(run, 1, 2, begun));
      var ended = peer.publish(FakeExecutor.succeeded(run, 2));
      assertThat(List.of(started, told, ended)).allMatch(answer -> answer.getLastSeq() > 0);
    }
  }

  @Test
  void aTurnIsOrderedAsItWasAsked_andALaterOneWithTheNameThatTheProgramGaveTheConversation()
      throws Exception {
    var asked =
        asks("first")
            .setModel("m")
            .setSystemPrompt("be brief")
            .putMcpServers(
                "files",
                McpServer.newBuilder()
                    .setStdio(McpServer.Stdio.newBuilder().setCommand("mcp").addArgs("-x"))
                    .build());
    asked.getOptionsBuilder().putFields("effort", Value.newBuilder().setStringValue("low").build());
    Run first = create(session, spec("clever", asked));
    Turn turn = ordered().getTurn();
    assertThat(turn.getAgent())
        .isEqualTo(asked.setPermissionMode(PermissionMode.PERMISSION_MODE_ALLOW).build());
    assertThat(turn.getConversationId()).isEqualTo(first.getConversationId()).startsWith("cnv_");
    assertThat(turn.getProviderConversationId()).isEmpty();
    plays(fixture.get(first), "thread-1");

    Run second =
        create(
            session, spec("clever", asks("second").setConversationId(first.getConversationId())));
    assertThat(second.getConversationId()).isEqualTo(first.getConversationId());
    turn = ordered().getTurn();
    assertThat(turn.getConversationId()).isEqualTo(first.getConversationId());
    assertThat(turn.getProviderConversationId()).isEqualTo("thread-1");
    assertThat(fixture.types(first)).contains("conversation.started");
    plays(fixture.get(second), "thread-1");
  }

  @Test
  void aConversationGoesOn_inItsSessionWithItsProviderAndDirectoryAlone() {
    String conversation = create(session, spec("clever", asks("x"))).getConversationId();
    var again = asks("y").setConversationId(conversation);
    refused(
        ErrorReason.CONVERSATION_MISMATCH,
        () -> create(fixture.readySession(executor), spec("clever", again)));
    refused(ErrorReason.CONVERSATION_MISMATCH, () -> create(session, spec("plain", again)));
    refused(
        ErrorReason.CONVERSATION_MISMATCH,
        () -> create(session, spec("clever", again).setWorkingDirectory("/workspace/sub")));
    refused(
        ErrorReason.RESOURCE_NOT_FOUND,
        () ->
            create(
                session, spec("clever", asks("y").setConversationId("cnv_" + conversationless()))));
  }

  /** An id of a run: none of a conversation. */
  private String conversationless() {
    return fixture.create(session).getId().substring("run_".length());
  }

  @Test
  void anAnswerIsOrdered_onceItIsRecorded_forTheAttemptUnderWayAlone() throws Exception {
    berth
        .sql()
        .update(EXECUTOR)
        .set(EXECUTOR.FEATURES, new String[] {"artifacts", "input"})
        .where(EXECUTOR.ID.eq(executor))
        .execute();
    var answer =
        RunInput.Answer.newBuilder()
            .setProviderRequestId("r-1")
            .setMessage("not today")
            .putAnswers("Which?", "blue")
            .build();
    Run run = create(session, spec("clever", asks("x")));
    refused(ErrorReason.RUN_STATE, () -> send(run, answer));
    assertThat(ordered().getRunId()).isEqualTo(run.getId());
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(FakeExecutor.started(fixture.get(run))).getLastSeq()).isPositive();
    }
    send(run, answer);
    assertThat(berth.bean(RunInputLink.class).outstanding(executor))
        .extracting(order -> order.message().getGiveInput().getAnswer())
        .containsExactly(answer);
    Run plain = fixture.create(session);
    refused(ErrorReason.RUN_TAKES_NO_INPUT, () -> send(plain, answer));
  }

  private void send(Run run, RunInput.Answer answer) {
    var input = RunInput.newBuilder().setInputId("i-" + run.getId()).setAnswer(answer);
    var ack =
        RunInputServiceGrpc.newBlockingStub(berth.channel())
            .sendRunInput(
                SendRunInputRequest.newBuilder().setRunId(run.getId()).setInput(input).build())
            .getAck();
    assertThat(ack.getState()).isEqualTo(RunInputAck.State.STATE_RECORDED);
  }

  @Test
  void whatNoProviderTakes_isRefusedByItsField() {
    var limited = spec("plain", asks("x").setSystemPrompt("no"));
    var status = refused(ErrorReason.AGENT_FIELD_UNSUPPORTED, () -> create(session, limited));
    assertThat(Statuses.info(status).orElseThrow().getMetadataMap())
        .containsEntry("field", "spec.agent.system_prompt")
        .containsEntry("provider", "plain");
    var asked = asks("x");
    asked.getOptionsBuilder().putFields("haste", Value.newBuilder().setStringValue("a").build());
    refused(ErrorReason.AGENT_FIELD_UNSUPPORTED, () -> create(session, spec("clever", asked)));
    asked
        .clearOptions()
        .getOptionsBuilder()
        .putFields("effort", Value.newBuilder().setStringValue("much").build());
    refused(ErrorReason.FIELD_INVALID, () -> create(session, spec("clever", asked)));
  }

  @Test
  void anAgentHasAPromptAndNoCommand_andAProgramTheOtherWayRound() {
    refused(ErrorReason.FIELD_INVALID, () -> create(session, spec("exec", asks("x"))));
    refused(
        ErrorReason.FIELD_INVALID,
        () -> create(session, RunSpec.newBuilder().setProvider("clever")));
    refused(
        ErrorReason.FIELD_INVALID,
        () -> create(session, spec("clever", asks("x")).addCommand("echo")));
    refused(
        ErrorReason.FIELD_INVALID,
        () -> create(session, spec("clever", asks("x")).setInteractive(true)));
    refused(ErrorReason.FIELD_INVALID, () -> create(session, spec("clever", asks(""))));
    refused(ErrorReason.FIELD_INVALID, () -> create(session, spec("clever", asks("a\0b"))));
  }
}

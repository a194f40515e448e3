package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.ScriptedAgent;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.GiveInput;
import dev.berth.executor.v1.RunInputReport;
import dev.berth.v1.AttachRunRequest;
import dev.berth.v1.AttachRunResponse;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunInput;
import dev.berth.v1.RunInputAck;
import dev.berth.v1.RunInputAck.State;
import dev.berth.v1.RunInputServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import dev.berth.v1.SendRunInputRequest;
import dev.berth.v1.WatchRunRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What runs are given while they are under way, up to the executor's link. */
final class RunInputTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private RunFixture fixture;
  private ScriptedAgent agent;
  private FakeExecutor peer;

  @BeforeEach
  void setUp() {
    fixture = new RunFixture(berth);
    agent = ScriptedAgent.enrol(berth, "input").connect();
    peer = new FakeExecutor(agent.channel());
  }

  @AfterEach
  void tearDown() throws Exception {
    peer.close();
    agent.close();
  }

  private Run create(boolean interactive, int attempts) {
    return fixture
        .stub()
        .createRun(
            CreateRunRequest.newBuilder()
                .setSessionId(fixture.readySession(agent.id()).toString())
                .setSpec(
                    RunSpec.newBuilder()
                        .addCommand("cat")
                        .setInput(ByteString.copyFromUtf8("first"))
                        .setMaxAttempts(attempts)
                        .setInteractive(interactive))
                .build())
        .getRun();
  }

  private Run running(boolean interactive) throws Exception {
    Run run = create(interactive, 2);
    fixture.dispatch();
    Run claimed = fixture.get(run);
    assertThat(peer.publish(started(claimed)).getLastSeq()).isEqualTo(2);
    return claimed;
  }

  private static RunInput data(String id, String text) {
    return RunInput.newBuilder().setInputId(id).setData(ByteString.copyFromUtf8(text)).build();
  }

  private static RunInput signal(String id) {
    return RunInput.newBuilder().setInputId(id).setSignal("INT").build();
  }

  private static RunInput close(String id) {
    return RunInput.newBuilder()
        .setInputId(id)
        .setClose(RunInput.Close.getDefaultInstance())
        .build();
  }

  private static RunInput cancel(String id) {
    return RunInput.newBuilder()
        .setInputId(id)
        .setCancel(RunInput.Cancel.getDefaultInstance())
        .build();
  }

  private static RunInputServiceGrpc.RunInputServiceBlockingStub inputs() {
    return RunInputServiceGrpc.newBlockingStub(berth.channel());
  }

  private State send(Run run, RunInput input) {
    return inputs()
        .sendRunInput(
            SendRunInputRequest.newBuilder().setRunId(run.getId()).setInput(input).build())
        .getAck()
        .getState();
  }

  private List<GiveInput> ordered(Run run) {
    return agent.received().stream()
        .filter(ConnectResponse::hasGiveInput)
        .map(ConnectResponse::getGiveInput)
        .filter(order -> order.getAttemptId().equals(run.getAttemptId()))
        .toList();
  }

  private List<Long> numbers(Run run) {
    return ordered(run).stream().map(GiveInput::getSeq).toList();
  }

  private void given(Run run, long seq, String failure) {
    agent.say(
        ConnectRequest.newBuilder()
            .setRunInput(
                RunInputReport.newBuilder()
                    .setRunId(run.getId())
                    .setAttemptId(run.getAttemptId())
                    .setSeq(seq)
                    .setFailure(failure))
            .build());
  }

  @Test
  void inputsAreOrdered_inOrder_byTheirPlace_andAreDeliveredOnceTheExecutorSaysSo()
      throws Exception {
    Run run = running(true);
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_RECORDED);
    assertThat(send(run, data("b", "three"))).isEqualTo(State.STATE_RECORDED);
    assertThat(send(run, close("c"))).isEqualTo(State.STATE_RECORDED);
    await().until(() -> numbers(run).equals(List.of(1L, 2L, 3L)));
    assertThat(ordered(run).get(0).getData().getPosition()).isEqualTo(5);
    assertThat(ordered(run).get(1).getData().getPosition()).isEqualTo(8);
    assertThat(ordered(run).get(2).hasClose()).isTrue();

    given(run, 2, "");
    await().until(() -> send(run, data("b", "three")) == State.STATE_DELIVERED);
    assertThat(send(run, close("c"))).isEqualTo(State.STATE_RECORDED);
    given(run, 3, "");
    var answer =
        inputs()
            .sendRunInput(
                SendRunInputRequest.newBuilder()
                    .setRunId(run.getId())
                    .setInput(close("c"))
                    .setWait(Duration.newBuilder().setSeconds(20))
                    .build());
    assertThat(answer.getAck().getState()).isEqualTo(State.STATE_DELIVERED);
    assertThat(numbers(run)).as("each once").containsExactly(1L, 2L, 3L);
  }

  @Test
  void theSameInputTwice_isOne_alsoOnceTheRunHasEnded_andAnotherUnderItsIdIsRefused()
      throws Exception {
    Run run = running(true);
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_RECORDED);
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_RECORDED);
    refused(ErrorReason.INPUT_ID_REUSED, () -> send(run, data("a", "two")));
    refused(ErrorReason.INPUT_ID_REUSED, () -> send(run, signal("a")));
    await().until(() -> numbers(run).equals(List.of(1L)));
    given(run, 1, "");
    await().until(() -> send(run, data("a", "one")) == State.STATE_DELIVERED);

    assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_DELIVERED);
    var late = refused(ErrorReason.RUN_STATE, () -> send(run, data("late", "x")));
    assertThat(Statuses.info(late).orElseThrow().getMetadataMap())
        .containsEntry("state", "SUCCEEDED");
    refused(ErrorReason.RUN_STATE, () -> send(run, signal("too late")));
    refused(ErrorReason.RUN_STATE, () -> send(run, cancel("far too late")));
  }

  @Test
  void whatARunDoesNotTake_isRefusedByItsName() throws Exception {
    Run plain = running(false);
    refused(ErrorReason.RUN_TAKES_NO_INPUT, () -> send(plain, data("a", "x")));
    refused(ErrorReason.RUN_TAKES_NO_INPUT, () -> send(plain, close("b")));
    refused(ErrorReason.FIELD_INVALID, () -> send(plain, data("c", "x".repeat(65_537))));
    assertThat(send(plain, signal("d"))).isEqualTo(State.STATE_RECORDED);

    Run open = running(true);
    assertThat(send(open, close("a"))).isEqualTo(State.STATE_RECORDED);
    refused(ErrorReason.RUN_INPUT_CLOSED, () -> send(open, data("b", "x")));
    refused(ErrorReason.RUN_INPUT_CLOSED, () -> send(open, close("c")));

    Run waiting = create(true, 1);
    refused(ErrorReason.RUN_STATE, () -> send(waiting, signal("a")));
  }

  @Test
  void tooMuchThatWaits_isRefusedForAWhile_butItsEndIsLetIn() throws Exception {
    Run run = running(true);
    for (int i = 0; i < 16; i++) {
      assertThat(send(run, data("a" + i, "x".repeat(65_536)))).isEqualTo(State.STATE_RECORDED);
    }
    var full = refused(ErrorReason.RUN_INPUT_FULL, () -> send(run, data("b", "x")));
    assertThat(full.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(Statuses.detail(full, com.google.rpc.RetryInfo.class)).isPresent();
    await().until(() -> numbers(run).size() == 16);
    given(run, 1, "");
    await().until(() -> send(run, data("a0", "x".repeat(65_536))) == State.STATE_DELIVERED);
    assertThat(send(run, data("b", "x"))).isEqualTo(State.STATE_RECORDED);
    assertThat(send(run, close("c"))).isEqualTo(State.STATE_RECORDED);
  }

  @Test
  void aRunThatWaits_isGivenItsInputOnceItsProcessHasBegun_andAFurtherAttemptAllOfItAgain()
      throws Exception {
    Run run = create(true, 2);
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_RECORDED);
    fixture.dispatch();
    Run first = fixture.get(run);
    assertThat(send(first, data("b", "two"))).isEqualTo(State.STATE_RECORDED);
    assertThat(ordered(first)).isEmpty();
    assertThat(peer.publish(started(first)).getLastSeq()).isEqualTo(2);
    await().until(() -> numbers(first).equals(List.of(1L, 2L)));
    assertThat(send(first, signal("s"))).isEqualTo(State.STATE_RECORDED);
    given(first, 2, "");
    await().until(() -> send(run, data("b", "two")) == State.STATE_DELIVERED);

    assertThat(fixture.settleLost(first, EndReason.EXECUTOR_LOST)).isTrue();
    fixture.endBackoff(run);
    fixture.dispatch();
    Run second = fixture.get(run);
    assertThat(second.getAttemptId()).isNotEqualTo(first.getAttemptId());
    given(first, 3, "");
    assertThat(peer.publish(started(second)).getStatusValue()).isEqualTo(1);
    await().until(() -> numbers(second).equals(List.of(1L, 2L)));
    given(second, 2, "");
    await().until(() -> send(run, signal("s")) == State.STATE_REFUSED);
  }

  @Test
  void whatWasNotAnswered_isOrderedAgain_onTheNextLink() throws Exception {
    Run run = running(true);
    assertThat(send(run, data("a", "one"))).isEqualTo(State.STATE_RECORDED);
    await().until(() -> numbers(run).equals(List.of(1L)));
    agent.cut();
    assertThat(send(run, data("b", "two"))).isEqualTo(State.STATE_RECORDED);
    var inventory =
        agent.hello(agent.id().toString()).toBuilder()
            .addRuns(
                dev.berth.executor.v1.RunInventory.newBuilder()
                    .setRunId(run.getId())
                    .setAttemptId(run.getAttemptId()))
            .build();
    agent.connect(inventory);
    await().until(() -> numbers(run).equals(List.of(1L, 2L)));
  }

  @Test
  void attached_eventsGoOut_inputsAreAcknowledged_recordedThenDelivered_onAnyReplica()
      throws Exception {
    Run run = running(true);
    try (BerthServer replica = berth.replica()) {
      Attached attached = new Attached(replica.channel(), run);
      attached.give(data("a", "one"));
      attached.await("a", State.STATE_RECORDED);
      await().until(() -> numbers(run).equals(List.of(1L)));
      given(run, 1, "");
      attached.await("a", State.STATE_DELIVERED);
      attached.give(data("a", "other"));
      await()
          .until(() ->
              attached.acks.stream()
                  .anyMatch(ack ->
                      ack.getReason() == dev.berth.v1.ErrorReason.ERROR_REASON_INPUT_ID_REUSED));
      attached.give(signal("s"));
      attached.await("s", State.STATE_RECORDED);
      await().until(() -> numbers(run).equals(List.of(1L, 2L)));
      given(run, 2, "no such process");
      attached.await("s", State.STATE_REFUSED);
      attached.give(cancel("c"));
      attached.await("c", State.STATE_RECORDED);
      assertThat(fixture.get(run).hasCancelRequestTime()).isTrue();
      assertThat(peer.publish(batch(run, 1, 2, line("out\n"))).getLastSeq()).isEqualTo(3);
      assertThat(peer.publish(succeeded(run, 2)).getSettled()).isTrue();
      assertThat(attached.end.get(20, TimeUnit.SECONDS).isOk()).isTrue();
      assertThat(attached.types)
          .containsExactly("run.created", "run.started", "log", "run.finished");
    }
  }

  @Test
  void anAttachedClient_isHeldBack_whileTooMuchWaits_andLosesNothing() throws Exception {
    Run run = running(true);
    Attached attached = new Attached(berth.channel(), run);
    for (int i = 0; i < 20; i++) {
      attached.give(data("a" + i, "x".repeat(65_536)));
    }
    attached.await("a15", State.STATE_RECORDED);
    await().until(() -> numbers(run).size() == 16);
    assertThat(attached.acks).hasSize(16);
    given(run, 16, "");
    attached.await("a19", State.STATE_RECORDED);
    await().until(() -> numbers(run).size() == 20);
    given(run, 20, "");
    attached.await("a19", State.STATE_DELIVERED);
    assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    assertThat(attached.end.get(20, TimeUnit.SECONDS).isOk()).isTrue();
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
  }

  /** A client's end of AttachRun. */
  private static final class Attached implements StreamObserver<AttachRunResponse> {
    final List<RunInputAck> acks = new CopyOnWriteArrayList<>();
    final List<String> types = new CopyOnWriteArrayList<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();
    private final StreamObserver<AttachRunRequest> requests;

    Attached(Channel channel, Run run) {
      requests = RunInputServiceGrpc.newStub(channel).attachRun(this);
      requests.onNext(
          AttachRunRequest.newBuilder()
              .setWatch(WatchRunRequest.newBuilder().setRunId(run.getId()))
              .build());
    }

    void give(RunInput input) {
      requests.onNext(AttachRunRequest.newBuilder().setInput(input).build());
    }

    void await(String input, State state) {
      org.awaitility.Awaitility.await(input + " " + state)
          .until(() ->
              acks.stream()
                  .anyMatch(ack -> ack.getInputId().equals(input) && ack.getState() == state));
    }

    @Override
    public void onNext(AttachRunResponse answer) {
      if (answer.hasInputAck()) {
        acks.add(answer.getInputAck());
      }
      answer.getEvents().getEventsList().forEach(event -> types.add(event.getType()));
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }
}

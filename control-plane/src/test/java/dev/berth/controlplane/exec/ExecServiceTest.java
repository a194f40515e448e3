package dev.berth.controlplane.exec;

import static dev.berth.controlplane.relay.ScriptedExecutor.done;
import static dev.berth.controlplane.relay.ScriptedExecutor.failure;
import static dev.berth.sql.db.Tables.EXEC;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.WORKER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.executor.ExecLink;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.relay.ScriptedExecutor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Failures;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.controlplane.testsupport.World;
import dev.berth.executor.v1.ExecReport;
import dev.berth.executor.v1.RelayRequest;
import dev.berth.executor.v1.RelayResponse;
import dev.berth.executor.v1.StartExec;
import dev.berth.v1.Exec;
import dev.berth.v1.ExecInput;
import dev.berth.v1.ExecOutput;
import dev.berth.v1.ExecRequest;
import dev.berth.v1.ExecResponse;
import dev.berth.v1.ExecServiceGrpc;
import dev.berth.v1.ExecState;
import dev.berth.v1.GetExecRequest;
import dev.berth.v1.ListExecsRequest;
import dev.berth.v1.SendExecInputRequest;
import dev.berth.v1.SignalExecRequest;
import dev.berth.v1.StartExecRequest;
import dev.berth.v1.WatchExecRequest;
import dev.berth.v1.WatchExecResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Execs by their API, with an executor that says what a test has it say. */
final class ExecServiceTest {

  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final World world = new World(berth);
  private final World.Executor executor = world.executor(berth.project());
  private final World.Place place = world.place(berth.project(), executor.id());
  private final ExecServiceGrpc.ExecServiceBlockingStub execs =
      ExecServiceGrpc.newBlockingStub(berth.channel());

  @Test
  void aStart_isOneRowThatOrdersIt_andItsCopyIsDirtyBefore() {
    var request = request("make", "test").toBuilder().setRequestId("one").build();
    Exec exec = execs.startExec(request).getExec();
    assertThat(execs.startExec(request).getExec().getId()).isEqualTo(exec.getId());

    assertThat(exec.getState()).isEqualTo(ExecState.EXEC_STATE_STARTING);
    assertThat(world.copy(place).getDirty()).isTrue();
    assertThat(orders())
        .singleElement()
        .satisfies(order -> {
          assertThat(order.getExecId()).isEqualTo(exec.getId());
          assertThat(order.getCommandList()).containsExactly("make", "test");
          assertThat(order.getEnvironmentMap()).containsEntry("TOKEN", "secret");
          assertThat(order.getGeneration()).isEqualTo(1);
        });

    report(executor.id(), exec, running());
    assertThat(orders()).isEmpty();
    String kept =
        berth
            .sql()
            .select(EXEC.ENVIRONMENT)
            .from(EXEC)
            .where(EXEC.ID.eq(ExecId.parse(exec.getId())))
            .fetchSingle(EXEC.ENVIRONMENT)
            .data();
    assertThat(kept).as("kept no longer than needed").isEqualTo("{}");
  }

  @Test
  void anExecutorOfAVersionWithoutExecs_isNeverOrderedOne() {
    berth
        .sql()
        .update(EXECUTOR)
        .set(EXECUTOR.FEATURES, new String[] {"manifest"})
        .where(EXECUTOR.ID.eq(executor.id()))
        .execute();
    Statuses.refused(ErrorReason.EXEC_UNSUPPORTED, () -> execs.startExec(request("true")));
    assertThat(orders()).isEmpty();
  }

  @Test
  void aWatcher_hearsWhatItIs_whatItPrintsFromAnOffset_andHowItEnded() {
    Exec exec = started();
    try (var agent =
        script((order, stream) -> {
          var attach = order.getOperation().getAttachExec();
          assertThat(attach.getExecId()).isEqualTo(exec.getId());
          stream.write(output(attach.getStdoutOffset(), "rest"));
          report(executor.id(), exec, exited(7));
          stream.write(done(0, 0));
        })) {
      var answers = watch(exec, 5);

      assertThat(answers).hasSize(3);
      assertThat(answers.getFirst().getExec().getState()).isEqualTo(ExecState.EXEC_STATE_RUNNING);
      assertThat(answers.get(1).getOutput().getOffset()).isEqualTo(5);
      assertThat(answers.get(1).getOutput().getData().toStringUtf8()).isEqualTo("rest");
      assertThat(answers.getLast().getExec().getState()).isEqualTo(ExecState.EXEC_STATE_EXITED);
      assertThat(answers.getLast().getExec().getExitCode()).isEqualTo(7);
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void inputsOfOneClient_reachTheExecutorInTheirOrder_eachAcknowledged() throws Exception {
    Exec exec = started();
    List<String> reached = new CopyOnWriteArrayList<>();
    try (var agent =
        script((order, stream) -> {
          for (RelayResponse m = stream.read();
              m != null && !m.getExecInput().hasClose();
              m = stream.read()) {
            reached.add(m.getExecInput().getData().toStringUtf8());
            stream.write(ack(m.getExecInput()));
          }
          report(executor.id(), exec, exited(0));
          stream.write(done(0, 0));
        })) {
      var call = ExecServiceGrpc.newBlockingV2Stub(berth.channel()).exec();
      call.write(
          ExecRequest.newBuilder()
              .setAttach(WatchExecRequest.newBuilder().setExecId(exec.getId()))
              .build());
      List<String> sent = List.of("one", "two", "three", "four", "five");
      for (String text : sent) {
        call.write(conversed(data(text)));
      }
      call.write(
          conversed(
              ExecInput.newBuilder()
                  .setInputId("end")
                  .setClose(ExecInput.Close.getDefaultInstance())
                  .build()));
      List<String> acknowledged = new ArrayList<>();
      ExecResponse last = ExecResponse.getDefaultInstance();
      for (ExecResponse m = call.read(); m != null; m = call.read()) {
        last = m;
        if (m.hasInputAck()) {
          acknowledged.add(m.getInputAck().getInputId());
        }
      }

      assertThat(reached).isEqualTo(sent);
      assertThat(acknowledged).isEqualTo(sent);
      assertThat(last.getExec().getState()).isEqualTo(ExecState.EXEC_STATE_EXITED);
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void aSignalAndAnInput_areHandedOn_whileItRuns_andNotBehindItsEnd() throws Exception {
    Exec exec = started();
    List<ExecInput> reached = new CopyOnWriteArrayList<>();
    try (var agent =
        script((order, stream) -> {
          assertThat(order.getOperation().getAttachExec().getOnlyInput()).isTrue();
          for (RelayResponse m = stream.read(); m != null && !m.hasEnd(); m = stream.read()) {
            reached.add(m.getExecInput());
            stream.write(ack(m.getExecInput()));
          }
          stream.write(done(0, 0));
        })) {
      signal(exec);
      send(exec);
      assertThat(agent.nextEnd()).isEqualTo("OK");
    }
    assertThat(reached).hasSize(2);
    assertThat(reached.getFirst().getSignal()).isEqualTo("TERM");
    assertThat(reached.getLast().getData().toStringUtf8()).isEqualTo("x");

    report(executor.id(), exec, exited(0));
    Statuses.refused(ErrorReason.EXEC_STATE, () -> signal(exec));
    Statuses.refused(ErrorReason.EXEC_STATE, () -> send(exec));
  }

  @Test
  void anotherProject_seesNoneOfThem() {
    Exec exec = started();
    var foreign = ExecServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));

    assertThat(foreign.listExecs(ListExecsRequest.getDefaultInstance()).getExecsList()).isEmpty();
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> foreign.startExec(request("true")));
    Statuses.refused(ErrorReason.RESOURCE_NOT_FOUND, () -> foreign.getExec(get(exec)));
  }

  @Test
  void aSession_hasAsManyAsMay_andOneMoreOnceOneEnded() {
    Exec first = started();
    for (int i = 1; i < ExecService.MOST; i++) {
      world.exec(place);
    }
    Statuses.refused(ErrorReason.EXEC_LIMIT, () -> execs.startExec(request("true")));
    report(executor.id(), first, exited(0));
    assertThat(execs.startExec(request("true")).getExec().getId()).isNotEmpty();
  }

  @Test
  void whatAnAgentLostWithItsRestart_isLost_andItsWatcherHearsItInGoodOrder() {
    Exec exec = started();
    greet(lost("EXECUTOR_RESTARTED").setExecId(exec.getId()).build());
    try (var agent = script((order, stream) -> stream.write(failure("EXEC_OUTPUT_GONE")))) {
      var answers = watch(exec, 0);
      assertThat(answers.getLast().getExec().getState()).isEqualTo(ExecState.EXEC_STATE_LOST);
      assertThat(answers.getLast().getExec().getReason()).isEqualTo("EXECUTOR_RESTARTED");
      assertThat(agent).isNotNull();
    }
  }

  @Test
  void whatAnAgentDoesNotKnowAnyMore_isLost_andWhatWasNeverStartedIsOrderedAgain() {
    Exec ran = started();
    Exec ordered = execs.startExec(request("later")).getExec();
    greet();

    assertThat(execs.getExec(get(ran)).getExec().getReason()).isEqualTo("WORKER_LOST");
    assertThat(orders()).extracting(StartExec::getExecId).containsExactly(ordered.getId());
  }

  @Test
  void withItsWorker_itIsLost_andLaterWordOfItChangesNothing() {
    Exec exec = started();
    berth
        .sql()
        .update(WORKER)
        .set(WORKER.STATE, "LOST")
        .where(WORKER.ID.eq(place.worker()))
        .execute();
    berth.bean(ExecReconciler.class).runOnce();

    Exec lost = execs.getExec(get(exec)).getExec();
    assertThat(lost.getState()).isEqualTo(ExecState.EXEC_STATE_LOST);
    assertThat(lost.getReason()).isEqualTo("WORKER_LOST");
    report(executor.id(), exec, exited(0));
    assertThat(execs.getExec(get(exec)).getExec()).isEqualTo(lost);
  }

  @Test
  void theWordOfAnotherExecutor_changesNothing() {
    Exec exec = started();
    report(world.executor(berth.project()).id(), exec, lost("WORKER_LOST"));
    assertThat(execs.getExec(get(exec)).getExec().getState())
        .isEqualTo(ExecState.EXEC_STATE_RUNNING);
  }

  private StartExecRequest request(String... command) {
    return StartExecRequest.newBuilder()
        .setSessionId(place.session().toString())
        .addAllCommand(List.of(command))
        .putEnvironment("TOKEN", "secret")
        .build();
  }

  private static GetExecRequest get(Exec exec) {
    return GetExecRequest.newBuilder().setExecId(exec.getId()).build();
  }

  /** One that runs, by its executor's word. */
  private Exec started() {
    Exec exec = execs.startExec(request("sleep", "1000")).getExec();
    report(executor.id(), exec, running());
    return execs.getExec(get(exec)).getExec();
  }

  private List<WatchExecResponse> watch(Exec exec, long from) {
    List<WatchExecResponse> answers = new ArrayList<>();
    execs
        .watchExec(
            WatchExecRequest.newBuilder().setExecId(exec.getId()).setStdoutOffset(from).build())
        .forEachRemaining(answers::add);
    return answers;
  }

  private void signal(Exec exec) {
    var request = SignalExecRequest.newBuilder().setExecId(exec.getId()).setSignal("TERM").build();
    assertThat(execs.signalExec(request)).isNotNull();
  }

  private void send(Exec exec) {
    var request =
        SendExecInputRequest.newBuilder().setExecId(exec.getId()).setInput(data("x")).build();
    assertThat(execs.sendExecInput(request)).isNotNull();
  }

  private static ExecInput data(String text) {
    return ExecInput.newBuilder().setInputId(text).setData(ByteString.copyFromUtf8(text)).build();
  }

  private static ExecRequest conversed(ExecInput input) {
    return ExecRequest.newBuilder().setInput(input).build();
  }

  private List<StartExec> orders() {
    return berth.bean(ExecOrderLink.class).outstanding(executor.id()).stream()
        .map(order -> order.message().getStartExec())
        .toList();
  }

  private ScriptedExecutor script(ScriptedExecutor.Script script) {
    return new ScriptedExecutor(berth, executor, script);
  }

  private void greet(ExecReport... inventory) {
    inTransaction(() -> berth.bean(ExecLink.class).greet(executor.id(), List.of(inventory)));
  }

  private static void report(ExecutorId by, Exec exec, ExecReport.Builder report) {
    inTransaction(
        () -> berth.bean(ExecLink.class).exec(by, report.setExecId(exec.getId()).build()));
  }

  /** As the link calls. */
  private static void inTransaction(Runnable call) {
    berth.bean(Transactions.class).run(call);
  }

  private static ExecReport.Builder running() {
    return ExecReport.newBuilder().setState(ExecReport.State.STATE_RUNNING);
  }

  private static ExecReport.Builder exited(int code) {
    return ExecReport.newBuilder().setState(ExecReport.State.STATE_EXITED).setExitCode(code);
  }

  private static ExecReport.Builder lost(String reason) {
    return ExecReport.newBuilder()
        .setState(ExecReport.State.STATE_LOST)
        .setFailure(Failures.permanent(reason));
  }

  private static RelayRequest output(long offset, String text) {
    return RelayRequest.newBuilder()
        .setExecOutput(
            ExecOutput.newBuilder()
                .setStream(ExecOutput.Stream.STREAM_STDOUT)
                .setOffset(offset)
                .setData(ByteString.copyFromUtf8(text)))
        .build();
  }

  private static RelayRequest ack(ExecInput input) {
    return RelayRequest.newBuilder().setInputAck(input.getInputId()).build();
  }
}

package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.executor.v1.AttemptReport;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.executor.v1.Heartbeat;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.v1.StopRun;
import dev.berth.executor.v1.Welcome;
import dev.berth.v1.EndReason;
import dev.berth.v1.RunEnd;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** An executor that takes runs without a session: its link, and its reports. */
final class SessionlessPeer implements AutoCloseable {
  private final BlockingQueue<StartRun> starts = new LinkedBlockingQueue<>();
  private final BlockingQueue<StopRun> stops = new LinkedBlockingQueue<>();
  private final BlockingQueue<ConnectResponse> others = new LinkedBlockingQueue<>();
  private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
  private final Context.CancellableContext context = Context.current().withCancellation();
  private final StreamObserver<ConnectRequest> link;
  private final StreamObserver<ReportAttemptsRequest> reports;
  final Welcome welcome;

  /**
   * Connects and is ready.
   *
   * @param held what it brings of an earlier link
   */
  SessionlessPeer(Channel channel, ExecutorId id, int atOnce, List<StartRun> held)
      throws Exception {
    this(channel, id, atOnce, held, List.of());
  }

  SessionlessPeer(
      Channel channel, ExecutorId id, int atOnce, List<StartRun> held, List<String> features)
      throws Exception {
    var stub = ExecutorLinkServiceGrpc.newStub(channel);
    link = context.call(() -> stub.connect(observer(this::ordered, new LinkedBlockingQueue<>())));
    reports = context.call(() -> stub.reportAttempts(observer(answers::add, answers)));
    var hello =
        Hello.newBuilder()
            .setExecutorId(id.toString())
            .setProtocolVersion(1)
            .setMinProtocolVersion(1)
            .addProviders("exec")
            .addProviders("noop")
            .addAllFeatures(features)
            .setSessionlessRuns(atOnce)
            .addSessionlessProviders("noop");
    held.forEach(start ->
        hello.addRuns(
            RunInventory.newBuilder()
                .setRunId(start.getRunId())
                .setAttemptId(start.getAttemptId())));
    link.onNext(ConnectRequest.newBuilder().setHello(hello).build());
    welcome = other().getWelcome();
    link.onNext(
        ConnectRequest.newBuilder().setHeartbeat(Heartbeat.newBuilder().setReady(true)).build());
    assertThat(other().hasHeartbeatAck()).isTrue();
  }

  private static <T> StreamObserver<T> observer(Consumer<T> consumer, Collection<Object> failures) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T message) {
        consumer.accept(message);
      }

      @Override
      public void onError(Throwable failure) {
        failures.add(failure);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private void ordered(ConnectResponse order) {
    switch (order.getMessageCase()) {
      case START_RUNS -> starts.addAll(order.getStartRuns().getRunsList());
      case STOP_RUN -> stops.add(order.getStopRun());
      default -> others.add(order);
    }
  }

  private ConnectResponse other() throws InterruptedException {
    return Objects.requireNonNull(others.poll(20, TimeUnit.SECONDS));
  }

  /** The next so many attempts that it is told to begin. */
  List<StartRun> starts(int count) throws InterruptedException {
    List<StartRun> taken = new ArrayList<>();
    while (taken.size() < count) {
      StartRun start = starts.poll(20, TimeUnit.SECONDS);
      assertThat(start).as("start %d of %d", taken.size() + 1, count).isNotNull();
      taken.add(start);
    }
    return taken;
  }

  StartRun start() throws InterruptedException {
    return starts(1).getFirst();
  }

  /** What it was told to begin and nobody took. */
  Collection<StartRun> unexpected() {
    return starts;
  }

  StopRun stop() throws InterruptedException {
    return Objects.requireNonNull(stops.poll(20, TimeUnit.SECONDS));
  }

  /** Reports all of them in one message, and answers what it is answered. */
  ReportAttemptsResponse report(List<AttemptReport> said) throws Exception {
    say(said);
    return answer();
  }

  /** Reports all of them in one message. */
  void say(List<AttemptReport> said) {
    reports.onNext(ReportAttemptsRequest.newBuilder().addAllAttempts(said).build());
  }

  /** What the next report is answered. */
  ReportAttemptsResponse answer() throws Exception {
    Object answer = answers.poll(20, TimeUnit.SECONDS);
    if (answer instanceof ReportAttemptsResponse response) {
      return response;
    }
    throw new AssertionError("no answer but " + answer);
  }

  /** What the next answers say has ended: so many, in one of them or in several. */
  List<String> ended(int count) throws Exception {
    List<String> ended = new ArrayList<>();
    while (ended.size() < count) {
      ended.addAll(answer().getEndedList());
    }
    return ended;
  }

  ReportAttemptsResponse succeed(List<StartRun> attempts) throws Exception {
    return report(attempts.stream().map(SessionlessPeer::succeeded).toList());
  }

  static AttemptReport begun(StartRun start) {
    return AttemptReport.newBuilder()
        .setRunId(start.getRunId())
        .setAttemptId(start.getAttemptId())
        .build();
  }

  static AttemptReport succeeded(StartRun start) {
    return ended(start, AttemptEnd.Outcome.OUTCOME_SUCCEEDED, EndReason.END_REASON_COMPLETED);
  }

  static AttemptReport unbegun(StartRun start) {
    return ended(start, AttemptEnd.Outcome.OUTCOME_FAILED, EndReason.END_REASON_WORKER_LOST)
        .toBuilder()
        .setUnbegun(true)
        .build();
  }

  static AttemptReport ended(StartRun start, AttemptEnd.Outcome outcome, EndReason reason) {
    return begun(start).toBuilder()
        .setEnd(
            AttemptEnd.newBuilder()
                .setOutcome(outcome)
                .setEnd(RunEnd.newBuilder().setReason(reason).setMessage("over")))
        .build();
  }

  /** Its streams break. */
  @Override
  public void close() {
    boolean first = context.cancel(null);
    assert first || context.isCancelled();
  }
}

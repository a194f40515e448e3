package dev.berth.controlplane.run;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.conversation.Conversation;
import dev.berth.controlplane.conversation.ConversationService;
import dev.berth.controlplane.executor.Executor;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.controlplane.executor.RunLink;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.platform.grpc.Draining;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.controlplane.provider.AgentProtoMapper;
import dev.berth.controlplane.provider.AgentSpec;
import dev.berth.controlplane.session.SessionService;
import dev.berth.controlplane.session.SessionSpec;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import dev.berth.executor.v1.RunInputReport;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.v1.RunOrder;
import dev.berth.executor.v1.StartRun;
import dev.berth.executor.v1.StartRuns;
import dev.berth.executor.v1.StopRun;
import dev.berth.executor.v1.Turn;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What runs say and hear on the executor link: their rows are the orders. */
@Singleton
final class AttemptLink implements OrderSource, RunLink {
  private final AttemptService attempts;
  private final PublishService publishing;
  private final RunSecrets secrets;
  private final ConversationService conversations;
  private final SessionService sessions;
  private final RunInputs inputs;
  private final AttemptReportService reports;
  private final SessionlessFeeds feeds;
  private final Draining draining;
  private final Clock clock;

  AttemptLink(
      AttemptService attempts,
      PublishService publishing,
      RunSecrets secrets,
      ConversationService conversations,
      SessionService sessions,
      RunInputs inputs,
      AttemptReportService reports,
      SessionlessFeeds feeds,
      Draining draining,
      Clock clock) {
    this.attempts = attempts;
    this.publishing = publishing;
    this.secrets = secrets;
    this.conversations = conversations;
    this.sessions = sessions;
    this.inputs = inputs;
    this.reports = reports;
    this.feeds = feeds;
    this.draining = draining;
    this.clock = clock;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    List<LinkOrder> orders = new ArrayList<>();
    for (Run run : attempts.ordered(executor)) {
      Run.Attempt attempt = attempts.of(run);
      // A cancelled run that may never have been started is started all the same: only its executor
      // can settle it.
      if (run.state() == RunState.STARTING && run.sessionId() != null) {
        orders.add(
            new LinkOrder(
                "start:" + attempt.id(),
                1,
                message(run, attempt.id()).setStartRun(start(run, attempt)).build()));
      }
      if (run.times().cancelRequested() != null) {
        orders.add(
            new LinkOrder(
                "stop:" + attempt.id(),
                1,
                message(run, attempt.id()).setStopRun(stop(run, attempt)).build()));
      }
    }
    return orders;
  }

  private static ConnectResponse.Builder message(Run run, AttemptId attempt) {
    ConnectResponse.Builder message = ConnectResponse.newBuilder();
    Optional.ofNullable(PublishProtoMapper.traceparent(run, attempt))
        .ifPresent(message::setTraceparent);
    return message;
  }

  private StartRun start(Run run, Run.Attempt attempt) {
    StartRun.Builder start = StartRun.newBuilder();
    RunSecretProtoMapper.give(secrets.give(run, attempt.id()), start);
    if (run.spec().agent() != null && run.conversationId() != null) {
      start.setTurn(turn(run.spec().agent(), conversations.get(run.conversationId())));
    }
    SessionId session = run.sessionId();
    return start
        .setModelGateway(
            session != null
                && sessions
                    .find(run.projectId(), session)
                    .spec()
                    .limits()
                    .network()
                    .equals(SessionSpec.Limits.GATEWAY))
        .setRunId(run.id().toString())
        .setAttemptId(attempt.id().toString())
        .setWorkerId(RunProtoMapper.text(attempt.workerId()))
        .setGeneration(attempt.generation())
        .setProvider(run.spec().provider())
        .addAllCommand(run.spec().command())
        .putAllEnvironment(run.spec().environment())
        .setWorkingDirectory(run.spec().workingDirectory())
        .setInput(ByteString.copyFrom(run.spec().input()))
        .setInteractive(run.spec().interactive())
        .setTimeout(CommonProtoMapper.duration(run.spec().timeout()))
        .setGrace(CommonProtoMapper.duration(run.spec().grace()))
        .addAllArtifacts(run.spec().artifacts().paths())
        .build();
  }

  private static Turn turn(AgentSpec agent, Conversation conversation) {
    return Turn.newBuilder()
        .setAgent(AgentProtoMapper.spec(agent))
        .setConversationId(conversation.id().toString())
        .setProviderConversationId(conversation.providerName())
        .build();
  }

  private static StopRun stop(Run run, Run.Attempt attempt) {
    return StopRun.newBuilder()
        .setRunId(run.id().toString())
        .setAttemptId(attempt.id().toString())
        .setGrace(CommonProtoMapper.duration(run.spec().grace()))
        .setReason(EndReason.CANCELED.name())
        .build();
  }

  @Override
  public List<RunOrder> greet(ExecutorId executor, List<RunInventory> inventory) {
    Set<String> brought =
        inventory.stream().map(RunInventory::getAttemptId).collect(Collectors.toSet());
    Map<AttemptId, Position> held = attempts.greet(executor, brought);
    Map<String, Position> byText =
        held.entrySet().stream()
            .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    Map<String, List<String>> masked =
        secrets.given(held.keySet()).entrySet().stream()
            .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    return inventory.stream()
        .map(one ->
            verdict(
                one,
                byText.get(one.getAttemptId()),
                masked.getOrDefault(one.getAttemptId(), List.of())))
        .toList();
  }

  private static RunOrder verdict(
      RunInventory brought, @Nullable Position acked, List<String> masked) {
    RunOrder.Builder order = RunOrder.newBuilder().setAttemptId(brought.getAttemptId());
    if (acked == null) {
      return order.setVerdict(RunOrder.Verdict.VERDICT_DROP).build();
    }
    return order
        .setVerdict(RunOrder.Verdict.VERDICT_ADOPT)
        .setAcked(PublishProtoMapper.position(acked))
        .addAllMasked(masked)
        .build();
  }

  @Override
  public void input(ExecutorId executor, RunInputReport report) {
    inputs.given(
        executor,
        Fields.id("run_id", report.getRunId(), RunId::parse),
        Fields.id("attempt_id", report.getAttemptId(), AttemptId::parse),
        report.getSeq(),
        report.getFailure());
  }

  @Override
  public Runnable feed(Executor executor, Consumer<ConnectResponse> send) {
    return feeds.open(
        executor,
        starts -> {
          StartRuns.Builder order = StartRuns.newBuilder();
          starts.forEach(start -> order.addRuns(start(start)));
          send.accept(ConnectResponse.newBuilder().setStartRuns(order).build());
        });
  }

  private static StartRun start(SessionlessStart start) {
    return StartRun.newBuilder()
        .setRunId(start.run().toString())
        .setAttemptId(start.attempt().toString())
        .setProvider(start.provider())
        .addAllCommand(start.command())
        .putAllEnvironment(start.environment())
        .setInput(ByteString.copyFrom(start.input()))
        .setTimeout(CommonProtoMapper.duration(start.timeout()))
        .setGrace(CommonProtoMapper.duration(start.grace()))
        .build();
  }

  @Override
  public StreamObserver<ReportAttemptsRequest> reportAttempts(
      ExecutorId executor, StreamObserver<ReportAttemptsResponse> responses) {
    return new ReportAttemptsStream(
        executor,
        reports,
        draining,
        clock,
        (ServerCallStreamObserver<ReportAttemptsResponse>) responses);
  }

  @Override
  public StreamObserver<PublishEventsRequest> publishEvents(
      ExecutorId executor, StreamObserver<PublishEventsResponse> responses) {
    return new PublishEventsStream(
        executor,
        publishing,
        draining,
        clock,
        (ServerCallStreamObserver<PublishEventsResponse>) responses);
  }
}

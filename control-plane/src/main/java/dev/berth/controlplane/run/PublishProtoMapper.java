package dev.berth.controlplane.run;

import com.google.protobuf.Timestamp;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.ReportAttemptsRequest;
import dev.berth.executor.v1.ReportAttemptsResponse;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches of events between the executor link and the domain. */
final class PublishProtoMapper {
  private static final int MAX_MESSAGE = 1024;
  private static final int MAX_CONVERSATION = 256;

  private PublishProtoMapper() {}

  /**
   * The batch as it will be stored. What a row could not hold is cut or replaced here, so that no
   * batch is refused for what is in it; only ids and positions that make no sense are.
   */
  static EventBatch batch(ExecutorId executor, PublishEventsRequest request, Clock clock) {
    Position from = position("from", request.getFrom());
    Position to = position("to", request.getTo());
    boolean empty = request.getEventsCount() == 0 && !request.hasEnd();
    if (to.compareTo(from) < 0 || (to.equals(from) && !empty)) {
      throw CommonErrors.fieldInvalid("to", "is not behind `from`");
    }
    Instant now = clock.instant();
    List<NewEvent> events = new ArrayList<>(request.getEventsCount());
    EventBatch.Started started = null;
    String conversation = null;
    for (AgentEvent event : request.getEventsList()) {
      if (event.hasRunStarted()) {
        started = new EventBatch.Started(text(event.getRunStarted().getImageDigest(), 256));
      }
      if (event.hasConversationStarted()) {
        conversation =
            text(event.getConversationStarted().getProviderConversationId(), MAX_CONVERSATION);
      }
      events.add(event(event, now));
    }
    return new EventBatch(
        executor,
        Fields.id("run_id", request.getRunId(), RunId::parse),
        Fields.id("attempt_id", request.getAttemptId(), AttemptId::parse),
        from,
        to,
        events,
        started,
        conversation,
        request.hasEnd() ? end(request.getEnd()) : null);
  }

  /** Reports of attempts, cut and replaced as events are. */
  static List<AttemptReport> reports(ReportAttemptsRequest request, Clock clock) {
    Instant now = clock.instant();
    List<AttemptReport> reports = new ArrayList<>(request.getAttemptsCount());
    for (dev.berth.executor.v1.AttemptReport report : request.getAttemptsList()) {
      reports.add(
          new AttemptReport(
              Fields.id("run_id", report.getRunId(), RunId::parse),
              Fields.id("attempt_id", report.getAttemptId(), AttemptId::parse),
              report.hasStartTime() ? time(report.getStartTime(), now) : now,
              report.hasEnd() ? end(report.getEnd()) : null,
              report.hasEnd() && report.getUnbegun()));
    }
    return reports;
  }

  static ReportAttemptsResponse response(AttemptReportService.Outcome outcome) {
    var response = ReportAttemptsResponse.newBuilder();
    outcome.begun().forEach(attempt -> response.addBegun(attempt.toString()));
    outcome.ended().forEach(attempt -> response.addEnded(attempt.toString()));
    outcome.stale().forEach(attempt -> response.addStale(attempt.toString()));
    return response.build();
  }

  private static NewEvent event(AgentEvent event, Instant now) {
    Instant time = event.hasTime() ? time(event.getTime(), now) : now;
    return switch (event.getPayloadCase()) {
      case RUN_STARTED ->
          new NewEvent(time, RunEventProtoMapper.STARTED, event.getRunStarted().toByteArray());
      case LOG -> new NewEvent(time, RunEventProtoMapper.LOG, event.getLog().toByteArray());
      case WARNING ->
          new NewEvent(time, RunEventProtoMapper.WARNING, event.getWarning().toByteArray());
      case CONVERSATION_STARTED ->
          new NewEvent(time, "conversation.started", event.getConversationStarted().toByteArray());
      case MESSAGE_DELTA ->
          new NewEvent(time, "message.delta", event.getMessageDelta().toByteArray());
      case MESSAGE_STOP -> new NewEvent(time, "message.stop", event.getMessageStop().toByteArray());
      case TOOL_CALL -> new NewEvent(time, "tool.call", event.getToolCall().toByteArray());
      case TOOL_RESULT -> new NewEvent(time, "tool.result", event.getToolResult().toByteArray());
      case TODO_UPDATE -> new NewEvent(time, "todo.update", event.getTodoUpdate().toByteArray());
      case HUMAN_LOOP_REQUESTED ->
          new NewEvent(time, "human_loop.requested", event.getHumanLoopRequested().toByteArray());
      case HUMAN_LOOP_WITHDRAWN ->
          new NewEvent(time, "human_loop.withdrawn", event.getHumanLoopWithdrawn().toByteArray());
      case USAGE -> new NewEvent(time, "usage", event.getUsage().toByteArray());
      case PAYLOAD_NOT_SET ->
          RunEventProtoMapper.warning(
              time, "EVENT_DROPPED", "An event of a kind that is not known here was dropped.");
    };
  }

  /** The executor's time, where it is one that a row can hold. */
  private static Instant time(Timestamp time, Instant now) {
    boolean sane =
        time.getSeconds() >= 0
            && time.getSeconds() < 253_402_300_800L
            && time.getNanos() >= 0
            && time.getNanos() < 1_000_000_000;
    return sane ? Instant.ofEpochSecond(time.getSeconds(), time.getNanos()) : now;
  }

  private static AttemptEnd end(dev.berth.executor.v1.AttemptEnd end) {
    RunState outcome =
        switch (end.getOutcome()) {
          case OUTCOME_SUCCEEDED -> RunState.SUCCEEDED;
          case OUTCOME_CANCELED -> RunState.CANCELED;
          case OUTCOME_FAILED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> RunState.FAILED;
        };
    dev.berth.v1.RunEnd said = end.getEnd();
    return new AttemptEnd(
        outcome,
        new RunEnd(
            reason(said.getReason(), outcome),
            text(said.getMessage(), MAX_MESSAGE),
            said.hasExitCode() ? Integer.valueOf(said.getExitCode()) : null,
            said.getSignal()));
  }

  private static EndReason reason(dev.berth.v1.EndReason reason, RunState outcome) {
    return switch (reason) {
      case UNRECOGNIZED, END_REASON_UNSPECIFIED ->
          switch (outcome) {
            case SUCCEEDED -> EndReason.COMPLETED;
            case CANCELED -> EndReason.CANCELED;
            default -> EndReason.EXIT_CODE;
          };
      default -> EndReason.valueOf(reason.name().substring("END_REASON_".length()));
    };
  }

  /** The text without what the database cannot hold, cut to at most that many characters. */
  private static String text(String text, int longest) {
    String clean = text.replace("\0", "");
    return clean.length() <= longest ? clean : clean.substring(0, longest - 1) + "…";
  }

  static PublishEventsResponse response(EventBatch batch, BatchResult result) {
    return PublishEventsResponse.newBuilder()
        .setRunId(batch.run().toString())
        .setAttemptId(batch.attempt().toString())
        .setStatus(
            switch (result.status()) {
              case OK -> PublishEventsResponse.Status.STATUS_OK;
              case STALE -> PublishEventsResponse.Status.STATUS_STALE;
              case GAP -> PublishEventsResponse.Status.STATUS_GAP;
            })
        .setAcked(position(result.acked()))
        .setLastSeq(result.lastSeq())
        .setSettled(result.settled())
        .build();
  }

  private static Position position(String field, dev.berth.executor.v1.Position position) {
    if (position.getOut() < 0 || position.getErr() < 0 || position.getSub() < 0) {
      throw CommonErrors.fieldInvalid(field, "is negative");
    }
    return new Position(position.getOut(), position.getErr(), position.getSub());
  }

  static dev.berth.executor.v1.Position position(Position position) {
    return dev.berth.executor.v1.Position.newBuilder()
        .setOut(position.out())
        .setErr(position.err())
        .setSub(position.sub())
        .build();
  }

  /** The span in which an attempt's orders are given, within the trace of its run. */
  static @Nullable String traceparent(Run run, AttemptId attempt) {
    if (run.lineage().traceId().length() != 32) {
      return null;
    }
    return "00-%s-%016x-01"
        .formatted(run.lineage().traceId(), attempt.value().getLeastSignificantBits());
  }
}

package dev.berth.executor.link;

import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.AttemptEnd;
import dev.berth.executor.process.EndReason;
import dev.berth.executor.process.JournalBatch;
import dev.berth.executor.provider.AgentEvent;
import dev.berth.executor.sessionless.SessionlessReport;
import dev.berth.executor.v1.AttemptReport;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.v1.Log;
import dev.berth.v1.RunEnd;
import dev.berth.v1.RunStarted;
import dev.berth.v1.Warning;
import java.time.Instant;

/** Events of attempts to the wire. */
final class EventMapper {

  private EventMapper() {}

  static PublishEventsRequest message(JournalBatch batch) {
    var message =
        PublishEventsRequest.newBuilder()
            .setRunId(batch.run().toString())
            .setAttemptId(batch.attempt().toString())
            .setFrom(message(batch.from()))
            .setTo(message(batch.to()));
    for (var event : batch.events()) {
      message.addEvents(message(event));
    }
    batch.end().ifPresent(end -> message.setEnd(message(end)));
    return message.build();
  }

  static AttemptReport message(SessionlessReport report) {
    var message =
        AttemptReport.newBuilder()
            .setRunId(report.run().toString())
            .setAttemptId(report.attempt().toString())
            .setStartTime(time(report.began()))
            .setUnbegun(report.unbegun());
    report.end().ifPresent(end -> message.setEnd(message(end)));
    return message.build();
  }

  static dev.berth.executor.v1.Position message(Position position) {
    return dev.berth.executor.v1.Position.newBuilder()
        .setOut(position.out())
        .setErr(position.err())
        .setSub(position.sub())
        .build();
  }

  private static dev.berth.executor.v1.AgentEvent message(AgentEvent event) {
    var message = dev.berth.executor.v1.AgentEvent.newBuilder().setTime(time(event.time()));
    switch (event) {
      case AgentEvent.Started _ -> message.setRunStarted(RunStarted.getDefaultInstance());
      case AgentEvent.Log log ->
          message.setLog(
              Log.newBuilder()
                  .setStream(
                      log.stream() == JournalStream.OUT
                          ? Log.Stream.STREAM_STDOUT
                          : Log.Stream.STREAM_STDERR)
                  // nobody changes the array: AgentEvent promises it
                  .setData(UnsafeByteOperations.unsafeWrap(log.data()))
                  .setDroppedBytes(log.droppedBytes()));
      case AgentEvent.Warning warning ->
          message.setWarning(
              Warning.newBuilder().setCode(warning.code()).setMessage(warning.message()));
      default -> ProviderEventMapper.put(event, message);
    }
    return message.build();
  }

  private static dev.berth.executor.v1.AttemptEnd message(AttemptEnd end) {
    var details =
        RunEnd.newBuilder()
            .setReason(reason(end.reason()))
            .setMessage(end.message())
            .setSignal(end.signal());
    end.exitCode().ifPresent(details::setExitCode);
    return dev.berth.executor.v1.AttemptEnd.newBuilder()
        .setOutcome(
            switch (end.outcome()) {
              case SUCCEEDED -> dev.berth.executor.v1.AttemptEnd.Outcome.OUTCOME_SUCCEEDED;
              case FAILED -> dev.berth.executor.v1.AttemptEnd.Outcome.OUTCOME_FAILED;
              case CANCELED -> dev.berth.executor.v1.AttemptEnd.Outcome.OUTCOME_CANCELED;
            })
        .setEnd(details)
        .build();
  }

  private static dev.berth.v1.EndReason reason(EndReason reason) {
    return dev.berth.v1.EndReason.valueOf("END_REASON_" + reason.name());
  }

  private static Timestamp time(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}

package dev.berth.controlplane.run;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.UnsafeByteOperations;
import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.artifact.Artifact;
import dev.berth.controlplane.artifact.AttemptArtifacts;
import dev.berth.controlplane.platform.grpc.CommonProtoMapper;
import dev.berth.controlplane.snapshot.SnapshotCommit;
import dev.berth.v1.Actor;
import dev.berth.v1.ArtifactCreated;
import dev.berth.v1.ConversationStarted;
import dev.berth.v1.HumanLoopRequested;
import dev.berth.v1.HumanLoopWithdrawn;
import dev.berth.v1.Log;
import dev.berth.v1.MessageDelta;
import dev.berth.v1.MessageStop;
import dev.berth.v1.PayloadRef;
import dev.berth.v1.RunCreated;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunFinished;
import dev.berth.v1.RunRetried;
import dev.berth.v1.RunStarted;
import dev.berth.v1.TodoUpdate;
import dev.berth.v1.ToolCall;
import dev.berth.v1.ToolResult;
import dev.berth.v1.Usage;
import dev.berth.v1.Warning;
import dev.berth.v1.WorkspaceSynced;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Events of runs: what the control plane itself says, and rows as the API shows them. */
final class RunEventProtoMapper {
  static final String CREATED = "run.created";
  static final String STARTED = "run.started";
  static final String LOG = "log";
  static final String WARNING = "warning";
  static final String RETRIED = "run.retried";
  static final String SYNCED = "workspace.synced";
  static final String ARTIFACT_CREATED = "artifact.created";
  static final String NOT_KEPT = "ARTIFACT_NOT_KEPT";

  /** Characters of names that one event shows; four bytes each at most. */
  private static final int MOST_NAMES = 8 << 10;

  private RunEventProtoMapper() {}

  static NewEvent created(NewRun run, Instant time) {
    return new NewEvent(
        time,
        CREATED,
        RunCreated.newBuilder()
            .setQueueId(run.queueId().toString())
            .setSessionId(RunProtoMapper.text(run.sessionId()))
            .build()
            .toByteArray());
  }

  static NewEvent finished(RunState state, RunEnd end, Instant time) {
    return new NewEvent(
        time,
        RunEventRow.FINISHED,
        RunFinished.newBuilder()
            .setState(state.name())
            .setEnd(RunProtoMapper.end(end))
            .build()
            .toByteArray());
  }

  static NewEvent retried(int attempt, RunEnd end, Instant time, Instant notBefore) {
    return new NewEvent(
        time,
        RETRIED,
        RunRetried.newBuilder()
            .setAttempt(attempt)
            .setEnd(RunProtoMapper.end(end))
            .setNotBefore(CommonProtoMapper.timestamp(notBefore))
            .build()
            .toByteArray());
  }

  static NewEvent synced(SnapshotCommit commit, Instant time) {
    WorkspaceSynced.Builder synced =
        WorkspaceSynced.newBuilder()
            .setSnapshotId(commit.snapshot().toString())
            .setReason(commit.reason())
            .setFileCount(commit.fileCount())
            .setLogicalBytes(commit.logicalBytes())
            .setStoredBytes(commit.storedBytes());
    int names = 0;
    for (String path : commit.changedDuringSync()) {
      names += path.length();
      if (names > MOST_NAMES) {
        break;
      }
      synced.addChangedDuringSync(path);
    }
    return new NewEvent(time, SYNCED, synced.build().toByteArray());
  }

  static NewEvent created(Artifact artifact, Instant time) {
    return new NewEvent(
        time,
        ARTIFACT_CREATED,
        ArtifactCreated.newBuilder()
            .setArtifactId(artifact.id().toString())
            .setPath(artifact.path())
            .setSizeBytes(artifact.sizeBytes())
            .setSha256(String.valueOf(artifact.sha256()))
            .build()
            .toByteArray());
  }

  static NewEvent warning(Instant time, String code, String message) {
    return new NewEvent(
        time,
        WARNING,
        Warning.newBuilder().setCode(code).setMessage(message).build().toByteArray());
  }

  /** The event with its payload kept elsewhere. */
  static NewEvent referring(NewEvent event, AttemptArtifacts.Payload payload) {
    byte[] reference =
        PayloadRef.newBuilder()
            .setArtifactId(payload.id().toString())
            .setSizeBytes(payload.sizeBytes())
            .setSha256(payload.sha256())
            .build()
            .toByteArray();
    return new NewEvent(event.time(), event.type(), reference, payload.id());
  }

  /** What stands for an event whose payload is too large and could not be kept. */
  static NewEvent dropped(NewEvent event) {
    if (event.type().equals(LOG)) {
      Log log = parsed(event);
      Log dropped =
          log.toBuilder()
              .setData(ByteString.EMPTY)
              .setDroppedBytes(log.getDroppedBytes() + log.getData().size())
              .build();
      return new NewEvent(event.time(), LOG, dropped.toByteArray());
    }
    return warning(
        event.time(),
        "EVENT_DROPPED",
        "An event of type %s with %,d bytes could not be kept."
            .formatted(event.type(), event.payload().length));
  }

  private static Log parsed(NewEvent event) {
    try {
      return Log.parseFrom(event.payload());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The batch with one warning in place of its events. */
  static EventBatch withoutEvents(EventBatch batch) {
    Instant time = batch.events().isEmpty() ? Instant.EPOCH : batch.events().getFirst().time();
    NewEvent warning =
        warning(
            time,
            "EVENT_DROPPED",
            batch.events().size() + " events were dropped: they could not be stored.");
    return batch.withEvents(List.of(warning));
  }

  /** The batch with its started event as the control plane knows it: whose attempt, and where. */
  static EventBatch completed(EventBatch batch, Run.Attempt attempt) {
    if (batch.started() == null) {
      return batch;
    }
    String digest = batch.started().imageDigest();
    return batch.withEvents(
        batch.events().stream()
            .map(e ->
                e.type().equals(STARTED)
                    ? started(
                        e.time(),
                        attempt.number(),
                        attempt.workerId(),
                        attempt.executorId(),
                        digest.isEmpty() ? attempt.imageDigest() : digest)
                    : e)
            .toList());
  }

  /**
   * @param worker null where the run has no session
   */
  static NewEvent started(
      Instant time, int attempt, @Nullable WorkerId worker, ExecutorId executor, String digest) {
    return new NewEvent(
        time,
        STARTED,
        RunStarted.newBuilder()
            .setAttempt(attempt)
            .setWorkerId(RunProtoMapper.text(worker))
            .setExecutorId(executor.toString())
            .setImageDigest(digest)
            .build()
            .toByteArray());
  }

  /** Rows of one run as the API shows them. What they mostly share is made once. */
  static List<RunEvent> events(RunId run, List<RunEventRow> rows) {
    List<RunEvent> events = new ArrayList<>(rows.size());
    String id = run.toString();
    @Nullable AttemptId attempt = null;
    String attemptText = "";
    String actorId = "";
    Actor actor = Actor.getDefaultInstance();
    for (RunEventRow row : rows) {
      if (!Objects.equals(row.attemptId(), attempt)) {
        attempt = row.attemptId();
        attemptText = attempt == null ? "" : attempt.toString();
      }
      if (!row.actorId().equals(actorId)) {
        actorId = row.actorId();
        actor = RunProtoMapper.actor(row.actorKind(), actorId);
      }
      events.add(event(id, attemptText, actor, row));
    }
    return events;
  }

  /** Without payload where its type is not one that this build knows. */
  private static RunEvent event(String run, String attempt, Actor actor, RunEventRow row) {
    RunEvent.Builder event =
        RunEvent.newBuilder()
            .setRunId(run)
            .setAttemptId(attempt)
            .setSeq(row.seq())
            .setTime(CommonProtoMapper.timestamp(row.time()))
            .setType(row.type())
            .setActor(actor)
            .setTraceId(row.traceId());
    // nobody changes what was read
    ByteString payload = UnsafeByteOperations.unsafeWrap(row.payload());
    try {
      if (row.referenced()) {
        return event.setPayloadRef(PayloadRef.parseFrom(payload)).build();
      }
      switch (row.type()) {
        case CREATED -> event.setRunCreated(RunCreated.parseFrom(payload));
        case LOG -> event.setLog(Log.parseFrom(payload));
        case STARTED -> event.setRunStarted(RunStarted.parseFrom(payload));
        case WARNING -> event.setWarning(Warning.parseFrom(payload));
        case RETRIED -> event.setRunRetried(RunRetried.parseFrom(payload));
        case ARTIFACT_CREATED -> event.setArtifactCreated(ArtifactCreated.parseFrom(payload));
        case SYNCED -> event.setWorkspaceSynced(WorkspaceSynced.parseFrom(payload));
        case RunEventRow.FINISHED -> event.setRunFinished(RunFinished.parseFrom(payload));
        case "conversation.started" ->
            event.setConversationStarted(ConversationStarted.parseFrom(payload));
        case "message.delta" -> event.setMessageDelta(MessageDelta.parseFrom(payload));
        case "message.stop" -> event.setMessageStop(MessageStop.parseFrom(payload));
        case "tool.call" -> event.setToolCall(ToolCall.parseFrom(payload));
        case "tool.result" -> event.setToolResult(ToolResult.parseFrom(payload));
        case "todo.update" -> event.setTodoUpdate(TodoUpdate.parseFrom(payload));
        case "human_loop.requested" ->
            event.setHumanLoopRequested(HumanLoopRequested.parseFrom(payload));
        case "human_loop.withdrawn" ->
            event.setHumanLoopWithdrawn(HumanLoopWithdrawn.parseFrom(payload));
        case "usage" -> event.setUsage(Usage.parseFrom(payload));
        case "provider.raw" -> event.setProviderRaw(Struct.parseFrom(payload));
        default -> event.clearPayload();
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(run + " event " + row.seq() + " cannot be read", e);
    }
    return event.build();
  }
}

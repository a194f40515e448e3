package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_ATTEMPT;
import static dev.berth.sql.db.Tables.RUN_CURSOR;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.controlplane.provider.AgentJson;
import dev.berth.sql.db.tables.records.RunRecord;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectOnConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Runs as users read and cancel them. */
@Singleton
final class RunRepository {
  private final DSLContext sql;

  RunRepository(DSLContext sql) {
    this.sql = sql;
  }

  Optional<Run> find(ProjectId project, RunId id) {
    return rows().where(RUN.ID.eq(id).and(RUN.PROJECT_ID.eq(project))).fetchOptional(Rows::read);
  }

  Optional<Run> find(RunId id) {
    return rows().where(RUN.ID.eq(id)).fetchOptional(Rows::read);
  }

  /**
   * Locks the run until the transaction ends; its session, where it is needed, is locked before.
   */
  Optional<Run> lock(RunId id) {
    return rows().where(RUN.ID.eq(id)).forNoKeyUpdate().of(RUN).fetchOptional(Rows::read);
  }

  /** As {@link #lock}, in the order of their ids. */
  List<Run> lock(Collection<RunId> ids) {
    return rows().where(RUN.ID.in(ids)).orderBy(RUN.ID).forNoKeyUpdate().of(RUN).fetch(Rows::read);
  }

  /** The sessions that the runs belong to, each once and in the order of their ids. */
  List<SessionId> sessionsOf(Collection<RunId> ids) {
    return sql.selectDistinct(RUN.SESSION_ID)
        .from(RUN)
        .where(RUN.ID.in(ids).and(RUN.SESSION_ID.isNotNull()))
        .orderBy(RUN.SESSION_ID)
        .fetch(RUN.SESSION_ID);
  }

  /** Newest first, those older than {@code before} where it is set. */
  List<Run> list(RunFilter filter, @Nullable RunId before, int limit) {
    Condition where = RUN.PROJECT_ID.eq(filter.projectId()).and(narrowed(filter));
    if (filter.queueId() != null) {
      where = where.and(RUN.QUEUE_ID.eq(filter.queueId()));
    }
    if (filter.conversationId() != null) {
      where = where.and(RUN.CONVERSATION_ID.eq(filter.conversationId()));
    }
    if (filter.deadLetters()) {
      where = where.and(RUN.DEAD_LETTERED_AT.isNotNull()).and(RUN.REDRIVEN_AS.isNull());
    }
    if (!filter.states().isEmpty()) {
      where = where.and(RUN.STATE.in(filter.states().stream().map(Enum::name).toList()));
    }
    RunIdPrefix prefix = filter.prefix();
    if (prefix != null) {
      where = where.and(RUN.ID.between(prefix.first(), prefix.last()));
    }
    if (before != null) {
      where = where.and(RUN.ID.lt(before));
    }
    return rows().where(where).orderBy(RUN.ID.desc()).limit(limit).fetch(Rows::read);
  }

  /** The runs of the session and labels that the filter names. */
  static Condition narrowed(RunFilter filter) {
    Condition where = DSL.noCondition();
    if (filter.sessionId() != null) {
      where = where.and(RUN.SESSION_ID.eq(filter.sessionId()));
    }
    if (!filter.labels().isEmpty()) {
      where = where.and(RUN.LABELS.contains(Labels.toJson(filter.labels())));
    }
    return where;
  }

  /** The waiting runs of a session, oldest first. */
  List<RunId> waiting(SessionId session) {
    return sql.select(RUN.ID)
        .from(RUN)
        .where(RUN.SESSION_ID.eq(session).and(RUN.STATE.in("BLOCKED", "QUEUED")))
        .orderBy(RUN.ID)
        .fetch(RUN.ID);
  }

  /** The runs of a session that wait or are under way; that under way first, then the oldest. */
  List<RunId> open(SessionId session) {
    List<RunId> open = new ArrayList<>();
    active(session).ifPresent(open::add);
    open.addAll(waiting(session));
    return open;
  }

  /** The run of the session that is under way. */
  Optional<RunId> active(SessionId session) {
    return sql.select(RUN.ID)
        .from(RUN)
        .where(RUN.SESSION_ID.eq(session).and(RUN.STATE.in("STARTING", "RUNNING", "WAITING")))
        .fetchOptional(RUN.ID);
  }

  /** The runs with an attempt under way on the executor, by id. */
  List<Run> activeOn(ExecutorId executor) {
    Condition active =
        RUN.EXECUTOR_ID.eq(executor).and(RUN.STATE.in("STARTING", "RUNNING", "WAITING"));
    var within = DSL.select(RUN.ID).from(RUN).where(active.and(RUN.SESSION_ID.isNotNull()));
    var without = DSL.select(RUN.ID).from(RUN).where(active.and(RUN.SESSION_ID.isNull()));
    return rows().where(RUN.ID.in(within.unionAll(without))).orderBy(RUN.ID).fetch(Rows::read);
  }

  /**
   * Those of them that the executor is to start or to end; to start only those with a session, for
   * the others are given to it as they are claimed.
   */
  List<Run> orderedFrom(ExecutorId executor) {
    Condition active =
        RUN.EXECUTOR_ID.eq(executor).and(RUN.STATE.in("STARTING", "RUNNING", "WAITING"));
    var toStart =
        DSL.select(RUN.ID)
            .from(RUN)
            .where(active.and(RUN.SESSION_ID.isNotNull()).and(RUN.STATE.eq("STARTING")));
    var toEnd = DSL.select(RUN.ID).from(RUN).where(active.and(RUN.CANCEL_REQUESTED_AT.isNotNull()));
    return rows().where(RUN.ID.in(toStart.union(toEnd))).orderBy(RUN.ID).fetch(Rows::read);
  }

  /** Whether an executor of the project has said that it has the provider. */
  boolean hasProvider(ProjectId project, String provider) {
    return sql.fetchExists(
        EXECUTOR,
        EXECUTOR.PROJECT_ID.eq(project).and(DSL.val(provider).eq(DSL.any(EXECUTOR.PROVIDERS))));
  }

  /**
   * Whether an executor of the project has said that it has the provider and that it needs no
   * worker.
   */
  boolean hasSessionlessProvider(ProjectId project, String provider) {
    return sql.fetchExists(
        EXECUTOR,
        EXECUTOR
            .PROJECT_ID
            .eq(project)
            .and(DSL.val(provider).eq(DSL.any(EXECUTOR.SESSIONLESS_PROVIDERS))));
  }

  /** The attempts that ended, in order, and the one under way. */
  List<RunAttempt> attempts(Run run) {
    List<RunAttempt> attempts =
        new ArrayList<>(
            sql.selectFrom(RUN_ATTEMPT)
                .where(RUN_ATTEMPT.RUN_ID.eq(run.id()))
                .orderBy(RUN_ATTEMPT.NUMBER)
                .fetch(row ->
                    new RunAttempt(
                        row.getId(),
                        row.getNumber(),
                        row.getExecutorId(),
                        row.getWorkerId(),
                        row.getStartTime(),
                        row.getEndTime(),
                        Rows.end(
                            row.getEndReason(),
                            row.getEndMessage(),
                            row.getExitCode(),
                            row.getSignal()))));
    Run.Attempt attempt = run.attempt();
    if (run.state().active() && attempt != null) {
      attempts.add(
          new RunAttempt(
              attempt.id(),
              attempt.number(),
              attempt.executorId(),
              attempt.workerId(),
              attempt.startTime(),
              null,
              null));
    }
    return attempts;
  }

  /** Notes that {@code newer} runs the dead letter again. The caller holds the lock of that. */
  void redriven(RunId dead, RunId newer) {
    sql.update(RUN).set(RUN.REDRIVE_OF, dead).where(RUN.ID.eq(newer)).execute();
    sql.update(RUN).set(RUN.REDRIVEN_AS, newer).where(RUN.ID.eq(dead)).execute();
  }

  private SelectOnConditionStep<? extends Record> rows() {
    return sql.select(RUN.fields())
        .select(RUN_CURSOR.LAST_SEQ)
        .from(RUN)
        .join(RUN_CURSOR)
        .on(RUN_CURSOR.RUN_ID.eq(RUN.ID));
  }

  /** Turns rows into runs. */
  private static final class Rows {
    private Rows() {}

    /** Reads a row of {@code run} joined with its {@code run_cursor}. */
    static Run read(Record joined) {
      RunRecord row = joined.into(RUN);
      return new Run(
          row.getId(),
          row.getProjectId(),
          row.getName(),
          Labels.fromJson(row.getLabels()),
          row.getVersion(),
          row.getCreateTime(),
          row.getUpdateTime(),
          Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
          new Run.Lineage(
              row.getParentId(),
              row.getRootId(),
              row.getDepth(),
              row.getOriginKind(),
              row.getOriginId(),
              row.getCorrelationId(),
              row.getTraceId()),
          row.getSessionId(),
          row.getConversationId(),
          row.getQueueId(),
          row.getThrowawaySession(),
          spec(row),
          RunState.valueOf(row.getState()),
          row.getNotBefore(),
          row.getAttempt(),
          row.getFalseStarts(),
          attempt(row),
          new Run.Times(
              row.getStartTime(),
              row.getEndTime(),
              row.getCancelRequestedAt(),
              row.getOverdue(),
              row.getDeadLetteredAt()),
          end(row.getEndReason(), row.getEndMessage(), row.getExitCode(), row.getSignal()),
          new Run.Redrive(row.getRedriveOf(), row.getRedrivenAs()),
          joined.get(RUN_CURSOR.LAST_SEQ));
    }

    private static RunSpec spec(RunRecord row) {
      return new RunSpec(
          row.getProvider(),
          List.of(row.getCommand()),
          Labels.fromJson(row.getEnvironment()),
          row.getWorkingDirectory(),
          row.getInput(),
          row.getInteractive(),
          row.getTimeout(),
          row.getGrace(),
          row.getMaxAttempts(),
          new RunSpec.Artifacts(List.of(row.getArtifacts()), row.getArtifactRetention()),
          new RunSpec.Order(row.getPriority(), row.getWantedNotBefore(), null),
          new RunSpec.Retry(
              new RetryPolicy(row.getRetryDelay(), row.getRetryMaxDelay()),
              Stream.of(row.getRetryReasons()).map(EndReason::valueOf).collect(Collectors.toSet())),
          new RunSpec.Deadlines(row.getStartBy(), row.getFinishBy()),
          row.getRetention(),
          SecretUse.fromJson(row.getSecrets().data()),
          row.getAgent() == null ? null : AgentJson.read(row.getAgent().data()));
    }

    private static Run.@Nullable Attempt attempt(RunRecord row) {
      if (row.getAttemptId() == null) {
        return null;
      }
      return new Run.Attempt(
          row.getAttemptId(),
          row.getAttempt(),
          row.getAttemptStartTime(),
          row.getWorkerId(),
          row.getExecutorId(),
          row.getWorkerGeneration() == null ? 0 : row.getWorkerGeneration(),
          row.getImageDigest());
    }

    static @Nullable RunEnd end(
        @Nullable String reason,
        @Nullable String message,
        @Nullable Integer exitCode,
        @Nullable Integer signal) {
      if (reason == null) {
        return null;
      }
      return new RunEnd(
          EndReason.valueOf(reason),
          message == null ? "" : message,
          exitCode,
          signal == null ? 0 : signal);
    }
  }
}
